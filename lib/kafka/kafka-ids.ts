import { createHash } from 'node:crypto';

/** Namespace of URLs (RFC 9562), below which the names here are. */
const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** UUID version 5 of a name in Kafka's notation: 22 characters of url-safe base64. */
export function kafkaUuid(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = bytes.toString('base64url');
  // Kafka makes none that begin with "-" either: its own tools would take them for options.
  return text.startsWith('-') ? kafkaUuid(`${name}#`) : text;
}

/** Whether `text` is a UUID as Kafka writes it, and none of those that it reserves. */
export function isKafkaUuid(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{22}$/.test(text)) return false;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text && bytes.subarray(0, 15).some((byte) => byte !== 0);
}
