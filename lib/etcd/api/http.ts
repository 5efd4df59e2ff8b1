import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { TooLate } from '../../steward/within';
import type { Address, Transport } from './types';

// What is answered at once is small; a member list or a user list of this size is none.
const MAX_ANSWER = 32 * 1024 * 1024;

/** A request over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the answer takes the time that it needs; connecting never does. */
  readonly long?: boolean;
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** An answer that comes in; `chunks` must be read, or ended. */
export interface HttpStream {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly chunks: AsyncGenerator<Buffer>;
}

/**
 * Asks, and gives the whole answer whatever its status.
 * @throws TooLate when there is no answer in time, Error when there is none
 */
export async function ask(address: Address, transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  const { status, headers, chunks } = await open(address, transport, request);
  return { status, headers, text: await textOf(chunks) };
}

/**
 * Asks, and gives the answer as it comes in. Its chunks end with an error where the time is over or the connection is lost
 * before all of it came.
 */
export function open(address: Address, transport: Transport, request: HttpRequest): Promise<HttpStream> {
  const { tls, timeoutMs } = transport;
  const { method, path, body, long, signal } = request;
  const at = `${address.host}:${address.port}`;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const headers = { ...request.headers, ...length };
    // A connection of its own: new certificates count at once, and nothing is left open.
    const options = { ...address, method, path, headers, agent: false };
    const asked = tls ? https.request({ ...options, ...tls }) : http.request(options);
    let answer: http.IncomingMessage | undefined;
    const giveUp = (error: Error) => (answer ?? asked).destroy(error);
    const timer = setTimeout(
      () => giveUp(new TooLate(`${at} did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener('abort', abort);
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    asked.on('socket', (socket: Socket) => {
      // A machine that is gone says nothing, however long one listens.
      socket.setKeepAlive(true, 10_000);
      if (long) socket.once(tls ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    asked.on('error', (error) => {
      done();
      reject(named(at, error));
    });
    asked.on('response', (response) => {
      answer = response;
      response.once('close', done);
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, chunks: chunksOf(at, response) });
    });
    asked.end(body);
  });
}

/** Reads an answer to its end. */
export async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new RangeError(`an answer of more than ${MAX_ANSWER} bytes: not etcd`);
    read.push(chunk);
  }
  return Buffer.concat(read).toString();
}

async function* chunksOf(at: string, response: http.IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    throw named(at, error as Error);
  }
}

function named(at: string, error: Error): Error {
  if (error instanceof TooLate || error.name === 'AbortError' || error.message.includes(at)) return error;
  return new Error(`${at}: ${error.message}`, { cause: error });
}
