import { list, texts } from './answers';
import { ask } from './http';
import type { Address, MemberEntry, PeerMembership, Transport } from './types';

/**
 * The membership as a member has it, from its peer port, which asks for no login. It may be an old one, unless the member has
 * just proved that it is in step. With TLS a member's certificate must be shown.
 * @throws Error when it does not answer, or is no member
 */
export async function peerMembership(address: Address, transport: Transport): Promise<PeerMembership> {
  const { status, headers, text } = await ask(address, transport, { method: 'GET', path: '/members' });
  const clusterId = String(headers['x-etcd-cluster-id'] ?? '');
  const members = parsed(text);
  if (status !== 200 || !/^[0-9a-f]+$/.test(clusterId) || !members) {
    const said = JSON.stringify(text.trim().slice(0, 200));
    throw new Error(
      `${address.host}:${address.port} answered ${status} ${said}, which is no list of members; ` +
        'it should be the peer port of a member',
    );
  }
  return { clusterId: BigInt(`0x${clusterId}`), members };
}

function parsed(text: string): readonly MemberEntry[] | undefined {
  try {
    // Ids are larger than what a number can hold. A quote within a string is escaped, so this finds names of fields only.
    const members = JSON.parse(text.replace(/"id"\s*:\s*(\d+)/g, '"id":"$1"'));
    return Array.isArray(members) ? list(members).map(entryOf) : undefined;
  } catch {
    return undefined;
  }
}

function entryOf({ id, name, peerURLs, isLearner }: { readonly [field: string]: unknown }): MemberEntry {
  return {
    id: BigInt(id as string),
    name: typeof name === 'string' ? name : '',
    peerUrls: texts(peerURLs),
    learner: isLearner === true,
  };
}
