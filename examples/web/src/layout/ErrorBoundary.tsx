import { Component, type ReactNode } from 'react'

import { StateMessage } from '../components/StateMessage.tsx'

/** Shows a way out when a screen cannot be rendered or loaded, for example after a new version was deployed. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <StateMessage title="This screen could not be shown" role="alert">
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Reload the page
        </button>
      </StateMessage>
    )
  }
}
