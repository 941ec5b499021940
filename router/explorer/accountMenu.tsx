import { useGraphiQL } from '@graphiql/react'
import { useEffect, useRef, useState } from 'react'

import type { DemoAccount } from '../landingPage/demoAccounts'
import { findDemoAccounts, session, signIn } from './session'
import { useStore } from './store'

/** Signs in with a demo account, and writes its access token into the headers of the tab that is open. */
export function AccountMenu() {
  const [accounts, setAccounts] = useState<readonly DemoAccount[]>([])
  useEffect(() => {
    // Without the router there is nothing to sign in to, and each operation reports that.
    findDemoAccounts().then(setAccounts, () => undefined)
  }, [])
  const current = useStore(session)
  useAuthorizationHeader()
  if (accounts.length === 0) return <span className="explorer-name">GraphiQL</span>
  return (
    <label className="explorer-account">
      <span className="explorer-label">Demo account</span>
      <select
        value={current.phase === 'signedIn' || current.phase === 'signingIn' ? current.account.handle : ''}
        disabled={current.phase === 'signingIn'}
        onChange={({ target }) => void signIn(accounts.find(({ handle }) => handle === target.value) ?? null)}
      >
        <option value="">Not signed in</option>
        {accounts.map(({ handle, displayName }) => (
          <option key={handle} value={handle}>
            {displayName}
          </option>
        ))}
      </select>
      {current.phase === 'failed' && (
        <span role="alert" title={current.reason}>
          Sign-in as {current.account.handle} failed: {current.reason}
        </span>
      )}
    </label>
  )
}

/** Keeps the header `authorization` of the open tab equal to the session. A token that a person has entered stays. */
function useAuthorizationHeader(): void {
  const current = useStore(session)
  const headerEditor = useGraphiQL((state) => state.headerEditor)
  const activeTabIndex = useGraphiQL((state) => state.activeTabIndex)
  const written = useRef(new Set<unknown>())
  useEffect(() => {
    if (!headerEditor || current.phase === 'signingIn') return
    const headers = parseHeaders(headerEditor.getValue())
    if (!headers) return
    const name = Object.keys(headers).find((each) => each.toLowerCase() === 'authorization')
    const value = current.phase === 'signedIn' ? `Bearer ${current.accessToken}` : undefined
    const present = name === undefined ? undefined : headers[name]
    if (present === value || (present !== undefined && !written.current.has(present))) return
    if (name !== undefined) delete headers[name]
    const updated = value === undefined ? headers : { ...headers, authorization: value }
    const isEmpty = Object.keys(updated).length === 0
    headerEditor.setValue(isEmpty ? '' : JSON.stringify(updated, undefined, 2))
    written.current.add(value)
  }, [headerEditor, activeTabIndex, current])
}

/** Returns undefined for a text that is not an object, which is left to its author. */
function parseHeaders(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
