import { type JuteReader, JuteWriter } from './jute';
import { readStat, type Stat } from './records';
import { formatServer, type Membership, parseMembership, type ServerEntry } from './servers';

/** A change of the ensemble: either servers that join (or change) and leave, or all members anew. */
export interface Reconfiguration {
  readonly joining?: readonly ServerEntry[];
  readonly leaving?: readonly number[];
  readonly newMembers?: readonly ServerEntry[];
  /** Version that the configuration must have, or BadVersion; any when left out. */
  readonly fromConfig?: bigint;
  /** How long to wait for it; as for other calls when left out. */
  readonly timeoutMs?: number;
}

/** A dynamic configuration and the node that holds it. */
export interface Config extends Membership {
  readonly text: string;
  readonly stat: Stat;
}

/** Node that holds the dynamic configuration, whatever the chroot. */
export const CONFIG_NODE = '/zookeeper/config';

export function writeReconfiguration({
  joining,
  leaving,
  newMembers,
  fromConfig,
}: Reconfiguration): JuteWriter {
  const writer = new JuteWriter().ustring(list(joining?.map(formatServer))).ustring(list(leaving));
  return writer.ustring(list(newMembers?.map(formatServer))).long(fromConfig ?? -1n);
}

export function readConfig(reply: JuteReader): Config {
  const text = reply.buffer()?.toString('utf8') ?? '';
  return { text, ...parseMembership(text), stat: readStat(reply) };
}

function list(items: readonly (string | number)[] | undefined): string | undefined {
  return items && items.length > 0 ? items.join(',') : undefined;
}
