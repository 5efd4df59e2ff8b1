import { type EtcdDecision, type EtcdGateFacts, hex, type Live } from './facts';

/**
 * What a member does while a new cluster is to be made of one member's data. Only that one starts, and nobody else
 * before the setting is gone. It is forced once: etcd drops what the log does not know to be agreed on each time, which
 * may have been acknowledged since.
 * https://etcd.io/docs/v3.6/op-guide/recovery/
 */
export function decideForced(
  { self, disk }: EtcdGateFacts,
  { member, confirm }: NonNullable<EtcdGateFacts['forceNewCluster']>,
  live: Live | undefined,
): EtcdDecision {
  if (self !== member) {
    return {
      action: 'wait',
      reason: `a new cluster is made of the data of member ${member}; nobody else starts before forceNewCluster is taken away.`,
    };
  }
  if (disk.state !== 'data') {
    return {
      action: 'refuse',
      reason:
        `a new cluster is to be made of the data of member ${member}, and its disk has none (${disk.state}); ` +
        'choose a member whose gate tells of data',
    };
  }
  const clusterId = hex(disk.clusterId as bigint);
  if (confirm.toLowerCase().replace(/^0x/, '') !== clusterId) {
    return {
      action: 'wait',
      reason:
        `the data of member ${member} is that of cluster ${clusterId}, and forceNewCluster confirms "${confirm}"; ` +
        `set confirm to "${clusterId}" to make a new cluster of it and to give up what this member has not got.`,
    };
  }
  if (live) {
    return {
      action: 'wait',
      reason: `member ${live.peer} serves this cluster, so its majority is not lost: take forceNewCluster away.`,
    };
  }
  return { action: disk.alone ? 'start' : 'force' };
}
