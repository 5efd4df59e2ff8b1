import { type Address, EtcdError } from './types';

/** A message of etcd's API as the gateway writes it: 64-bit numbers are strings, bytes are base64, and what is zero is absent. */
export type Message = { readonly [field: string]: unknown };

/** Status of gRPC for what nobody has a word for. */
const UNKNOWN = 2;

/** A request as the gateway reads it. */
export function bodyOf(request: Message): string {
  return JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** The message in an answer; throws what etcd refused, or that this is not etcd. */
export function messageOf(address: Address, status: number, text: string): Message {
  const message = parsed(text);
  if (status === 200 && message && !('error' in message)) return message;
  throw (message && refusalOf(message)) ?? stranger(address, status, text);
}

/** One line of an answer that is a stream. */
export function lineOf(address: Address, line: string): Message {
  const message = parsed(line);
  const { result } = message ?? {};
  if (result && typeof result === 'object') return result as Message;
  throw (message && refusalOf(message)) ?? stranger(address, 200, line);
}

/** A 64-bit number; 0n where it is absent. */
export function int(value: unknown): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new Error(`etcd answered ${JSON.stringify(value)} for a number`);
  return BigInt(value);
}

export function bytes(value: unknown): Buffer {
  return Buffer.from(text(value), 'base64');
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function list(value: unknown): readonly Message[] {
  return Array.isArray(value) ? value : [];
}

export function texts(value: unknown): readonly string[] {
  return list(value).map(text);
}

function parsed(text: string): Message | undefined {
  try {
    const value = JSON.parse(text);
    return value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// 3.5 and 3.6 use different gateways; a stream's error is a message of its own in both.
function refusalOf(message: Message): EtcdError | undefined {
  const { error } = message;
  const told = error && typeof error === 'object' ? (error as Message) : message;
  const words = told.message ?? error;
  const code = told.code ?? told.grpc_code;
  if (typeof words !== 'string') return undefined;
  return new EtcdError(words, typeof code === 'number' ? code : UNKNOWN);
}

function stranger({ host, port }: Address, status: number, text: string): Error {
  const said = text.trim().slice(0, 200);
  return new Error(
    `${host}:${port} answered ${status} ${JSON.stringify(said)}, which is not what etcd's gRPC gateway says; ` +
      'it should be the client port of a member',
  );
}
