import * as fs from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../../steward/files';
import type { GateDecision, GateRound } from '../round';
import { askNodes, askToTakeOver } from './ask-nodes';
import { decideNode, patience } from './decide-node';
import { addressesOf, lookup } from './lookup';
import { type LastRun, readNodesConf, withAddresses } from './nodes-conf';

/** Default of `cluster-node-timeout` in Redis itself. */
const NODE_TIMEOUT_MS = 15_000;

/** One look at the other nodes of a Redis Cluster, and what that means for this one. */
export async function clusterRound(round: GateRound): Promise<GateDecision> {
  const { settings, paths, podIp } = round;
  const nodesConf = join(paths.data, 'nodes.conf');
  const text = fs.existsSync(nodesConf) ? fs.readFileSync(nodesConf, 'utf8') : '';
  let last: LastRun | undefined;
  try {
    // The server, too, takes an empty one for none.
    last = text === '' ? undefined : readNodesConf(text);
  } catch (error) {
    const reason = `${nodesConf} cannot be read: ${(error as Error).message}. Empty the volume, and the node starts anew`;
    return { action: 'refuse', reason };
  }
  const nodeTimeout = settings.nodeTimeout ?? NODE_TIMEOUT_MS;
  const [peers, addresses] = await Promise.all([
    last ? askNodes(round) : new Map(),
    addressesOf(last?.others.map(({ hostname }) => hostname) ?? [], podIp, round.lookup ?? lookup),
  ]);
  const decision = decideNode({
    last,
    hasData: round.log || fs.existsSync(join(paths.data, 'dump.rdb')),
    keepsData: settings.keepsData,
    restored: settings.restore !== undefined && !round.formed,
    peers,
    nodeTimeout,
    awaited: round.awaited,
  });
  const details = last && { id: last.id, role: last.role, slots: last.slots };
  if (decision.action === 'wait') {
    // That it does not want to yet is no reason not to go on waiting.
    if (decision.ask) await askToTakeOver(round, decision.ask).catch(() => undefined);
    return { action: 'wait', reason: decision.reason, awaits: decision.awaits, details };
  }
  const prepare = (): void => {
    const present = withAddresses(text, podIp, addresses);
    if (present !== text) writeAtomically(fs, nodesConf, present);
    // For a server that starts again in this pod, where no gate comes before it.
    fs.mkdirSync(paths.run, { recursive: true });
    const seconds = Math.ceil(patience(nodeTimeout) / 1_000);
    writeAtomically(fs, join(paths.run, 'patience'), `${settings.keepsData ? seconds : 'forever'}\n`);
  };
  return { action: 'start', as: decision.as, lines: ownLines(round), prepare, details };
}

/** What is this node's own. Clients are told the name, which is in certificates, and other nodes the address. */
function ownLines({ self, podIp }: GateRound): string[] {
  return [
    `cluster-announce-hostname ${self.host}`,
    `cluster-announce-ip ${podIp}`,
    `replica-announce-ip ${self.host}`,
  ];
}
