import * as http from 'node:http';
import type { Agent } from './agent';
import { twemproxyMetrics } from './metrics';

/** Serves `/readyz`, which is the readiness of the proxy, `/healthz`, which is that of the agent, and `/metrics`. */
export function serveAgent(agent: Agent, proxy: string, port: number, host?: string): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const send = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'Content-Type': type }).end(text);
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return send(200, 'ok\n');
      case '/readyz':
        return agent.ready ? send(200, 'ok\n') : send(503, 'no shard takes writes through the proxy\n');
      case '/metrics':
        return send(200, twemproxyMetrics(proxy, agent.view), 'text/plain; version=0.0.4; charset=utf-8');
      default:
        return send(404, 'there is /readyz, /healthz and /metrics\n');
    }
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
