import { bytes, int, type Message } from './answers';

const SHA256 = 32;

/**
 * Pieces of a snapshot from the messages that carry them.
 * @throws Error when they end before the SHA-256 that comes last
 */
export async function* snapshotOf(messages: AsyncIterable<Message>): AsyncGenerator<Buffer> {
  let last: { readonly length: number; readonly remaining: bigint } | undefined;
  for await (const message of messages) {
    const piece = bytes(message.blob);
    last = { length: piece.length, remaining: int(message.remaining_bytes) };
    if (piece.length > 0) yield piece;
  }
  if (last?.length !== SHA256 || last.remaining !== 0n)
    throw new Error('the snapshot ended before its SHA-256; it must be taken again');
}
