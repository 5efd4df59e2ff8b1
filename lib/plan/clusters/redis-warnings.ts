import type { Effect } from '../types';
import { size } from './retention';
import { duration } from './words';

type Settings = Readonly<Record<string, string | undefined>>;
type Warning = Pick<Effect, 'instead'> & { readonly why: string };

const EVICTING = /^(allkeys|volatile)-/;

/** What a setting is shown as. */
export function shown(key: string, value: string | undefined): string {
  if (value === undefined) return 'the default';
  if (key === 'maxmemory') return value === '0' ? 'no limit' : size(Number(value));
  if (key === 'cluster-node-timeout') return duration(Number(value));
  return value === '' ? 'none' : value;
}

/** By which what was acknowledged may be lost later, or is refused; undefined: nothing of that kind. */
export function warningOf(
  key: string,
  before: Settings,
  after: Settings,
  replicas: number,
): Warning | undefined {
  const [from, to] = [before[key], after[key]];
  switch (key) {
    case 'maxmemory':
      return to !== '0' && (from === '0' || Number(to) < Number(from)) ? lessMemory(after) : undefined;
    case 'maxmemory-policy':
      return policy(from ?? 'noeviction', to ?? 'noeviction');
    case 'appendfsync':
      if (to === 'no') return { why: 'a crash of a machine loses what its kernel had not written' };
      return from === 'always' ? { why: 'a crash of a machine loses up to a second' } : undefined;
    case 'min-replicas-to-write':
      return needed(Number(from ?? 0), Number(to ?? 0), replicas);
    default:
      return undefined;
  }
}

function lessMemory(after: Settings): Warning {
  const evicts = EVICTING.test(after['maxmemory-policy'] ?? '');
  return {
    why: evicts
      ? 'servers that have more in use evict keys, which nobody hears of'
      : 'servers that have more in use refuse all writes that need memory',
    instead: 'look at what is in use (used_memory of INFO memory) before',
  };
}

function policy(from: string, to: string): Warning | undefined {
  if (to === 'noeviction')
    return { why: 'at maxmemory writes are refused, and no key makes room for others any more' };
  if (from === 'noeviction')
    return {
      why: 'at maxmemory keys are evicted, which nobody hears of',
      instead: 'keep noeviction where keys cannot be made anew',
    };
  return from.startsWith('volatile-') && to.startsWith('allkeys-')
    ? { why: 'keys that never expire are evicted, too' }
    : undefined;
}

function needed(from: number, to: number, replicas: number): Warning | undefined {
  if (to > from && to >= replicas)
    return {
      why: `writes are refused whenever ${replicas === 1 ? 'the only replica' : `one of ${replicas} replicas`} restarts`,
    };
  return to === 0 && from > 0
    ? { why: 'a master that was cut off goes on taking writes, which are lost when it comes back' }
    : undefined;
}
