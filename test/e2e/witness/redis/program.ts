import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { reach } from '../reach';
import { runVerb } from '../verbs';
import { type Client, openClient, type Place } from './client';
import { type Lane, type Parts, shardParts, slotParts } from './records';
import { missingOfVariety, writeVariety } from './variety';
import { type Open, readBack, type Writing, writeUntilStopped } from './writing';

// The program of the witness's pod. Beside writing it does what only a pod that was let in can do.

const {
  REDIS_HOST,
  REDIS_PORT,
  REDIS_SENTINELS,
  REDIS_MASTER_NAME,
  REDIS_CLUSTER_NODES,
  REDIS_PROXY,
  REDIS_USERNAME,
  REDIS_PASSWORD,
  REDIS_TLS,
  REDIS_TLS_CA,
  LANES,
  PARTS,
} = process.env;

const place: Place = {
  ...whereabouts(),
  masterName: REDIS_MASTER_NAME,
  username: REDIS_USERNAME,
  password: REDIS_PASSWORD,
  tls: REDIS_TLS ? { ca: REDIS_TLS_CA && readFileSync(REDIS_TLS_CA) } : undefined,
};

function whereabouts(): Pick<Place, 'mode' | 'addresses'> {
  if (REDIS_SENTINELS) return { mode: 'sentinel', addresses: REDIS_SENTINELS.split(',') };
  if (REDIS_CLUSTER_NODES) return { mode: 'cluster', addresses: REDIS_CLUSTER_NODES.split(',') };
  return { mode: REDIS_PROXY ? 'proxy' : 'server', addresses: [`${REDIS_HOST}:${REDIS_PORT}`] };
}

const writing: Writing = { lanes: (LANES?.split(',') ?? []) as Lane[], parts: partsOf(PARTS) };
/** A number of equal parts, or names of shards behind a proxy. */
function partsOf(text = '1'): Parts {
  return /^\d+$/.test(text) ? slotParts(Number(text)) : shardParts(text.split(','));
}

const open: Open = (report) => openClient(place, report);

/** Reads back of each lane what has been acknowledged, as another witness said it. */
async function read(ranges: readonly string[]): Promise<void> {
  const found = [];
  for (const [index, lane] of writing.lanes.entries())
    if (ranges[index]) found.push(await readBack(open, lane, ranges[index], writing.parts));
  console.log(JSON.stringify(found));
}

/** Does something with a client, and prints what comes of it. */
async function once(work: (client: Client) => Promise<unknown>): Promise<void> {
  console.log(JSON.stringify((await work(openClient(place, () => undefined))) ?? null));
}

/** Serial numbers of the certificates that servers show. */
async function serials(addresses: readonly string[]): Promise<void> {
  console.log(JSON.stringify(await Promise.all(addresses.map(serialOf))));
}

async function serialOf(address: string): Promise<string> {
  const [host, port] = address.split(':');
  const socket = tls.connect({ host, port: Number(port), servername: host, ...place.tls });
  try {
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}

runVerb({
  write: () => writeUntilStopped(writing, open),
  read,
  fill: () => once(writeVariety),
  missing: () => once(missingOfVariety),
  reach,
  serials,
});
