import './schemas.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { queryClient } from './api/client.ts'
import { followEvents } from './api/events.ts'
import { App } from './app.tsx'
import { useHashLocation } from './state/location.ts'
import { followTheme } from './state/preferences.ts'
import './ui/tokens.css'
import './ui/base.css'

followTheme()
void followEvents()

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Router hook={useHashLocation}>
          <App />
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  )
}
