import './styles/index.css'

import { ApolloProvider } from '@apollo/client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { apollo } from './api/client.ts'
import { App } from './App.tsx'
import { SessionProvider } from './session/SessionProvider.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element #root.')

createRoot(root).render(
  <StrictMode>
    <ApolloProvider client={apollo}>
      <SessionProvider>
        <App />
      </SessionProvider>
    </ApolloProvider>
  </StrictMode>,
)
