import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import { QueryClient } from '@tanstack/react-query'
import type { Contract } from '../../src/contract/index.ts'
import { failureOf } from './failure.ts'
import { link } from './connection.ts'

/** The backend's procedures as functions, derived from the contract. */
export const client: ContractRouterClient<Contract> = createORPCClient(link)

/** Query and mutation options for every procedure: `useQuery(api.projects.current.queryOptions())`. */
export const api = createTanstackQueryUtils(client)

/**
 * Data stays fresh until an event says otherwise, so nothing is refetched by time or focus. Refusals of the backend are
 * final; only a lost connection is tried again.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (count, error) => count < 5 && failureOf(error).code === 'UNREACHABLE',
      retryDelay: 300,
    },
    mutations: { networkMode: 'always' },
  },
})
