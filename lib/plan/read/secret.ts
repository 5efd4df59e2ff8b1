import { createHmac, randomBytes } from 'node:crypto';
import type { Manifest } from '../types';

// Of this process alone, so that nobody can try passwords against what is printed.
const KEY = randomBytes(32);

const hidden = (value: Buffer): string => `hidden ${createHmac('sha256', KEY).update(value).digest('hex')}`;

/**
 * A Secret whose values are replaced by what only tells whether two are equal, so that no part of a plan can show one;
 * any other object as it is. `stringData` becomes `data`, as it does in the API server.
 */
export function hideSecret(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret' || manifest.apiVersion !== 'v1') return manifest;
  const { data, stringData, ...rest } = manifest;
  const values = [
    ...entriesOf(data).map(([key, value]) => [key, hidden(Buffer.from(String(value), 'base64'))]),
    ...entriesOf(stringData).map(([key, value]) => [key, hidden(Buffer.from(String(value), 'utf8'))]),
  ];
  const { annotations, ...metadata } = rest.metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...others } = annotations ?? {};
  return {
    ...rest,
    metadata: annotations === undefined ? metadata : { ...metadata, annotations: others },
    ...(values.length > 0 ? { data: Object.fromEntries(values) } : {}),
  } as Manifest;
}

function entriesOf(map: unknown): [string, unknown][] {
  return typeof map === 'object' && map !== null
    ? Object.entries(map).filter(([, value]) => value !== null)
    : [];
}
