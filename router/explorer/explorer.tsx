import './environment'

import 'graphiql/style.css'
import './explorer.css'

import { GraphiQL } from 'graphiql'
import { HISTORY_PLUGIN } from '@graphiql/plugin-history'
import { createRoot } from 'react-dom/client'

import { AccountMenu } from './accountMenu'
import { config } from './config'
import { fetcher } from './fetcher'
import { queryPlanPlugin } from './queryPlanPlugin'

const isFallback = new URLSearchParams(location.search).get('sandbox') === 'unreachable'
const plugins = [HISTORY_PLUGIN, queryPlanPlugin]
const tabs = config.tabs.map(({ query, variables }) => ({ query, variables: variables ?? null }))

function Explorer() {
  return (
    <>
      {isFallback && (
        <p className="explorer-notice" role="status">
          Apollo Sandbox could not be loaded from the internet; this is GraphiQL, which the router serves.{' '}
          <a href="/sandbox">Open Sandbox</a>
        </p>
      )}
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={tabs}
        plugins={plugins}
        showPersistHeadersSettings={false}
        defaultEditorToolsVisibility="variables"
      >
        <GraphiQL.Logo>
          <AccountMenu />
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  )
}

const root = document.getElementById('explorer')
if (root) createRoot(root).render(<Explorer />)
