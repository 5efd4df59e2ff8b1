import { ApiObject, JsonPatch } from 'cdk8s';
import { describe, expect } from 'vitest';
import type { ZooKeeperCluster } from '../../lib';
import { e2e, leaveNothingBehind } from './harness/case';
import { rollUndisturbed } from './zookeeper/change-cases';
import { deleteAll, evictTwo, scaleToZero } from './zookeeper/pod-cases';

leaveNothingBehind();

/** An object of the ensemble by the id of its construct. */
function part(cluster: ZooKeeperCluster, id: string): ApiObject {
  return ApiObject.of(cluster.node.findChild(id));
}

// What the suite is worth: manifests that were broken on purpose fail the right case, by the name of the cause.
describe.concurrent('broken manifests', () => {
  e2e('suite', 'no-readiness', {}, async (run) => {
    const more = (_chart: unknown, cluster: ZooKeeperCluster) =>
      part(cluster, 'servers').addJsonPatch(
        JsonPatch.remove('/spec/template/spec/containers/0/readinessProbe'),
      );
    await expect(scaleToZero(run, { more })).rejects.toThrow(
      /without a quorum[\s\S]*likely cause:[\s\S]*container zookeeper has no readiness probe/,
    );
    return undefined;
  });

  e2e('suite', 'no-addresses', {}, async (run) => {
    const more = (_chart: unknown, cluster: ZooKeeperCluster) =>
      part(cluster, 'headless').addJsonPatch(JsonPatch.replace('/spec/publishNotReadyAddresses', false));
    await expect(deleteAll(run, { more, forming: 40 })).rejects.toThrow(
      /all members ready: not within 40 s[\s\S]*likely cause:[\s\S]*zk-headless does not publish the addresses of pods that are not ready[\s\S]*waits at its gate/,
    );
    return undefined;
  });

  e2e('suite', 'no-budget', {}, async (run) => {
    const more = (_chart: unknown, cluster: ZooKeeperCluster) => void cluster.node.tryRemoveChild('budget');
    await expect(evictTwo(run, { more })).rejects.toThrow(
      /the eviction of zk-2 was granted while zk-1 was away[\s\S]*likely cause:[\s\S]*no PodDisruptionBudget protects its pods/,
    );
    return undefined;
  });

  e2e('suite', 'no-right-to-evict', {}, async (run) => {
    const more = (_chart: unknown, cluster: ZooKeeperCluster) => {
      const role = ApiObject.of(cluster.node.findChild('steward').node.findChild('role'));
      const { rules } = role.toJson() as { rules: { resources: string[] }[] };
      const at = rules.findIndex(({ resources }) => resources.includes('pods/eviction'));
      role.addJsonPatch(JsonPatch.remove(`/rules/${at}`));
    };
    await expect(rollUndisturbed(run, { more, rolling: 30 })).rejects.toThrow(
      /all members ready: not within 30 s[\s\S]*what the steward says:[\s\S]*Rolling[\s\S]*restarts member \d[\s\S]*which failed[\s\S]*forbidden/,
    );
    return undefined;
  });
});
