import type * as http from 'node:http';
import { exposition, serveRoutes } from '../../steward/serve';
import type { Agent } from './agent';
import { twemproxyMetrics } from './metrics';

/** Serves `/readyz`, which is the readiness of the proxy, `/healthz`, which is that of the agent, and `/metrics`. */
export function serveAgent(agent: Agent, proxy: string, port: number, host?: string): Promise<http.Server> {
  const routes = {
    '/readyz': () =>
      agent.ready
        ? { status: 200, text: 'ok\n' }
        : { status: 503, text: 'no shard takes writes through the proxy\n' },
    '/healthz': () => ({ status: 200, text: 'ok\n' }),
    '/metrics': () => exposition(twemproxyMetrics(proxy, agent.view)),
  };
  return serveRoutes(routes, port, host);
}
