import type { PortReference } from './pod';
import { quoted } from './quoted';

/** Whether `name` may be the name of a container port (an IANA service name, RFC 6335). */
export function isPortName(name: string): boolean {
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name) && name.length <= 15;
}

/** What is wrong with a name or number by itself; `what` says where it stands. */
export function portFaults(what: string, port: PortReference | undefined): string[] {
  if (port === undefined) return [];
  if (typeof port === 'number') {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return [];
    return [`${what} is ${port}; use a whole number from 1 to 65535`];
  }
  if (isPortName(port)) return [];
  return [
    `${what} is "${port}"; use at most 15 lower-case letters, digits and single "-", a letter among them, ` +
      'no "-" at the ends',
  ];
}

/** What is wrong with a port that is meant by name, given those that `owner` has. */
export function unknownPort(
  what: string,
  port: PortReference,
  owner: string,
  names: readonly string[],
): string[] {
  if (typeof port === 'number' || names.includes(port)) return [];
  return [`${what} is "${port}", ${owner} ${quoted(names)}; use one of these names or a number`];
}

/** The items whose key an earlier one has already, each with that earlier one. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string | undefined): [T, T][] {
  const seen = new Map<string, T>();
  return items.flatMap((item): [T, T][] => {
    const key = keyOf(item);
    if (key === undefined) return [];
    const first = seen.get(key);
    if (first === undefined) seen.set(key, item);
    return first === undefined ? [] : [[first, item]];
  });
}
