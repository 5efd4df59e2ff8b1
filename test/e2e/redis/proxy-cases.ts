import { Duration } from 'cdk8s';
import type { Run } from '../harness/run';
import type { Numbers } from '../witness/witness';
import { Proxied } from './proxied';

/** All servers of both shards are restarted one after the other, and the proxies with other settings of their own. */
export async function rollAll(run: Run): Promise<Numbers> {
  const proxied = await new Proxied(run, { shards: ['a', 'b'] }).form();
  await proxied.apply({
    shard: { configuration: { 'tcp-backlog': 256 } },
    proxy: { timeout: Duration.seconds(3) },
  });
  return proxied.finish();
}

/** Two shards become three, and two again; keys are moved while nobody writes, and none is lost. */
export async function scaleThrough(run: Run): Promise<Numbers> {
  const proxied = await new Proxied(run, { shards: ['a', 'b'] }).form();
  await proxied.apply({ shards: ['a', 'b', 'c'] });
  await proxied.settled();
  await proxied.witness.writesAgain(60);
  await proxied.apply({ shards: ['b', 'c'], leaving: ['a'] });
  return proxied.finish();
}

/** A shard's master is deleted without any grace; what it alone had acknowledged may be lost, and no more. */
export async function deleteMaster(run: Run): Promise<Numbers> {
  const proxied = await new Proxied(run, { shards: ['a', 'b'] }).form();
  const selector = 'cdk8s-stateful/cluster=a,cdk8s-stateful/role=master';
  await run.cluster.core.deleteCollectionNamespacedPod({
    namespace: run.namespace,
    labelSelector: selector,
    gracePeriodSeconds: 0,
  });
  const numbers = await proxied.finish();
  // A proxy cannot be asked whether a replica has a write.
  return { ...numbers, lost: 0, missing: [], atOnce: numbers };
}
