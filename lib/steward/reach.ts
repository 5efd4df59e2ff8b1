import * as net from 'node:net';

/** Where something is asked. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What became of an attempt to connect. */
export type Reach =
  | { readonly state: 'open' }
  /** The host is there, and nothing listens on the port. */
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'unreachable'; readonly reason: string };

/** Tries to connect to a port, and says nothing there. */
export function reach({ host, port }: Address, timeoutMs: number): Promise<Reach> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (found: Reach): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(found);
    };
    const late = () => finish({ state: 'unreachable', reason: `no answer within ${timeoutMs} ms` });
    const timer = setTimeout(late, timeoutMs);
    socket.once('connect', () => finish({ state: 'open' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const state = error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
      finish({ state, reason: whyUnreachable(error) });
    });
  });
}

/** In words, why nobody was reached. */
export function whyUnreachable(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'its name does not resolve yet';
  return error.message || String(error.code);
}
