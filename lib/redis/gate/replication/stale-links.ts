import type { GatePeer, GateRound } from '../round';

/**
 * Has replicas connect anew that believe that they are connected to this server, which is about to start as the master. A pod
 * that vanished has closed no connection: they would find out after `repl-timeout`, a minute, and a master that demands
 * replicas takes no writes meanwhile.
 */
export async function dropStaleLinks({
  settings,
  self,
  peers,
  connect,
  transport,
  addressOf,
}: Pick<GateRound, 'settings' | 'self' | 'peers' | 'connect' | 'transport' | 'addressOf'>): Promise<void> {
  const stale = settings.members.filter(({ pod }) => isLinkedTo(self.host, peers.get(pod)));
  await Promise.all(
    stale.map(async (member) => {
      const replica = connect(addressOf(member), transport);
      try {
        await replica.command('CLIENT', 'KILL', 'TYPE', 'master');
      } catch {
        // It finds out by itself, only later.
      } finally {
        replica.close();
      }
    }),
  );
}

function isLinkedTo(master: string, peer: GatePeer | undefined): boolean {
  if (peer?.at !== 'server' || peer.says.state !== 'serving') return false;
  const { role, linked, follows } = peer.says;
  return role === 'replica' && linked && follows === master;
}
