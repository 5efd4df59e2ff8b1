import { lookup as lookUp } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { GateRound } from '../round';

/** Present address of a name, of the family of addresses that pods have; undefined: it does not resolve. */
type Lookup = NonNullable<GateRound['lookup']>;

export const lookup: Lookup = async (host, podIp) => {
  try {
    return (await lookUp(host, { family: isIPv6(podIp) ? 6 : 4 })).address;
  } catch {
    return undefined;
  }
};

/** Present addresses of those names that resolve. */
export async function addressesOf(
  hosts: readonly string[],
  podIp: string,
  find: Lookup,
): Promise<Map<string, string>> {
  const names = [...new Set(hosts)].filter((host) => host !== '');
  const found = await Promise.all(names.map(async (host) => [host, await find(host, podIp)] as const));
  return new Map(found.flatMap(([host, address]) => (address ? [[host, address] as const] : [])));
}
