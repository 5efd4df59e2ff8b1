import * as http from 'node:http';

/** What the steward answers by HTTP. */
export interface Answers {
  /** Whether the program goes on. */
  readonly alive: () => boolean;
  /** Whether the cluster has settled; what it is doing otherwise. */
  readonly settled: () => { readonly settled: boolean; readonly doing: string };
  readonly metrics: () => string;
}

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export function serve(port: number, answers: Answers): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const send = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'Content-Type': type }).end(text);
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return answers.alive() ? send(200, 'ok\n') : send(503, 'the loop has stopped\n');
      case '/readyz': {
        const { settled, doing } = answers.settled();
        return send(settled ? 200 : 503, `${doing}\n`);
      }
      case '/metrics':
        return send(200, answers.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
      default:
        return send(404, 'there is /healthz, /readyz and /metrics\n');
    }
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}
