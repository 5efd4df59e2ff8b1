import * as http from 'node:http';

/** What the steward answers by HTTP. */
export interface Answers {
  /** Whether the program goes on. */
  readonly alive: () => boolean;
  /** Whether the cluster has settled; what it is doing otherwise. */
  readonly settled: () => { readonly settled: boolean; readonly doing: string };
  readonly metrics: () => string;
}

/** An answer by HTTP; plain text unless `type` says otherwise. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

const PLAIN = 'text/plain; charset=utf-8';

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export function serve(port: number, answers: Answers): Promise<http.Server> {
  const routes = {
    '/healthz': () =>
      answers.alive() ? { status: 200, text: 'ok\n' } : { status: 503, text: 'the loop has stopped\n' },
    '/readyz': () => {
      const { settled, doing } = answers.settled();
      return { status: settled ? 200 : 503, text: `${doing}\n` };
    },
    '/metrics': () => exposition(answers.metrics()),
  };
  return serveRoutes(routes, port);
}

/** What Prometheus is told. */
export function exposition(text: string): Answer {
  return { status: 200, text, type: 'text/plain; version=0.0.4; charset=utf-8' };
}

/** Answers by path; whoever asks for another one is told which there are. */
export function serveRoutes(
  routes: Readonly<Record<string, () => Answer>>,
  port: number,
  host?: string,
): Promise<http.Server> {
  const paths = Object.keys(routes);
  const last = paths.pop();
  const other: Answer = { status: 404, text: `there is ${paths.join(', ')} and ${last}\n` };
  const server = http.createServer(({ url }, response) => {
    const path = url?.split('?')[0] ?? '';
    const { status, text, type = PLAIN } = Object.hasOwn(routes, path) ? routes[path]() : other;
    response.writeHead(status, { 'Content-Type': type }).end(text);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
