import * as http from 'node:http';
import type { Address } from './reach';

/** Port on which a gate that waits tells the steward, and other gates, why, as JSON by HTTP (`GET /`). */
export const GATE_PORT = 9099;

/** Far more than the longest report. */
const LIMIT = 64 * 1024;
const REQUEST_MS = 5_000;
const CLOSE_MS = 500;
const LINGER_MS = 3_000;

/** Tells everybody who asks why this gate waits. */
export function serveReport<T>(
  port: number,
  host: string | undefined,
  report: () => T,
): Promise<{ close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    const known = request.method === 'GET' && request.url === '/';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(known ? `${JSON.stringify(report())}\n` : '{}\n');
  });
  server.requestTimeout = REQUEST_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host ?? '0.0.0.0', () =>
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeIdleConnections();
            setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
          }),
      }),
    );
  });
}

/** Where a gate answers, and for how long. */
export interface GateAnswers {
  /**
   * Address to answer on.
   * @default '0.0.0.0'
   */
  readonly host?: string;
  /**
   * Port to answer on, and to ask other gates on.
   * @default GATE_PORT
   */
  readonly port?: number;
  /**
   * How long one that others have yet to hear of still answers once it knows enough, in milliseconds.
   * @default 3000
   */
  readonly lingerMs?: number;
}

/** The report of a gate, for everybody who asks from when it is opened. */
export class OpenReport<T> {
  private server: { close(): Promise<void> } | undefined;

  constructor(
    private readonly at: GateAnswers,
    private readonly report: () => T,
  ) {}

  async open(): Promise<void> {
    this.server ??= await serveReport(this.at.port ?? GATE_PORT, this.at.host, this.report);
  }

  /** Answers for a while longer: others have yet to hear of this one, and would wait for its server otherwise. */
  async linger(): Promise<void> {
    await this.open();
    await new Promise((resolve) => setTimeout(resolve, this.at.lingerMs ?? LINGER_MS));
  }

  async close(): Promise<void> {
    await this.server?.close();
  }
}

/** What a gate that waits there tells, parsed and not checked any further; undefined: none answers with JSON. */
export function askReport({ host, port }: Address, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    let text = '';
    const request = http.get({ host, port, path: '/', agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LIMIT) finish(undefined);
      });
      response.on('end', () => finish(response.statusCode === 200 ? parsed(text) : undefined));
      response.on('error', () => finish(undefined));
    });
    const finish = (report: unknown): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(report);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    request.on('error', () => finish(undefined));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
