import * as net from 'node:net';
import { Reader, Writer } from '../../../lib/kafka/wire/codec';
import { type Api, decode, encode, type ValueOf } from '../../../lib/kafka/wire/schema';
import { FrameReader, frame } from '../../../lib/steward/frames';
import { freePort } from '../../support/ports';
import { LOOPBACK } from '../../support/process';
import { MESSAGES } from './messages';

/** A request as the server has read it. */
export interface Asked {
  readonly api: Api;
  readonly body: unknown;
  readonly socket: net.Socket;
  /** Sends the reply. */
  readonly reply: (body: unknown) => void;
}

/** A server that speaks Kafka's protocol and answers as the test says. */
export class FakeServer {
  readonly asked: Asked[] = [];
  connections = 0;
  private readonly sockets = new Set<net.Socket>();
  private readonly listener = net.createServer((socket) => this.accept(socket));

  private constructor(
    readonly address: { readonly host: string; readonly port: number },
    private readonly answer: (asked: Asked) => void,
  ) {}

  static async start(answer: (asked: Asked) => void): Promise<FakeServer> {
    const port = freePort();
    const server = new FakeServer({ host: LOOPBACK, port }, answer);
    await new Promise<void>((resolve) => server.listener.listen(port, LOOPBACK, resolve));
    return server;
  }

  get names(): string[] {
    return this.asked.map(({ api }) => api.name);
  }

  /** Ends all connections, and takes new ones. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private accept(socket: net.Socket): void {
    this.connections++;
    this.sockets.add(socket);
    const frames = new FrameReader('Kafka', 1_000_000);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const record of frames.push(chunk)) this.read(socket, record);
    });
  }

  private read(socket: net.Socket, record: Buffer): void {
    const header = new Reader(record, false);
    const [key, version, id] = [header.int16(), header.int16(), header.int32()];
    const api = MESSAGES.find((each) => each.key === key && each.version === version);
    if (!api) throw new Error(`no message ${key} of version ${version}`);
    header.string();
    if (api.flexible) header.raw(1);
    const body = decode(api.request, record.subarray(record.length - header.remaining), api.flexible);
    const reply = (value: unknown) => {
      const writer = new Writer(false);
      writer.int32(id);
      if (api.flexible && api.name !== 'ApiVersions') writer.raw(Buffer.of(1, 5, 2, 0, 0));
      socket.write(frame(Buffer.concat([writer.bytes(), encode(api.response, value, api.flexible)])));
    };
    const asked = { api, body, socket, reply };
    this.asked.push(asked);
    this.answer(asked);
  }
}

/** The reply to Metadata of a cluster with these brokers. */
export function metadataOf(
  servers: readonly FakeServer[],
  controllerId = 0,
): ValueOf<typeof import('../../../lib/kafka/wire/messages/cluster').Metadata['response']> {
  const brokers = servers.map(({ address }, nodeId) => ({ nodeId, ...address, rack: null }));
  return { throttleTimeMs: 0, brokers, clusterId: 'c', controllerId, topics: [] };
}
