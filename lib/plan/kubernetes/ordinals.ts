import type { Manifest } from '../types';
import { claimNames, retention } from './claim-templates';
import { type Draft, each, type FieldRule, shown } from './rule';
import { replicasOf } from './world';

/** The number of the first member. */
export function startOf({ spec }: Manifest): number {
  return Number(spec?.ordinals?.start ?? 0);
}

function ordinalsOf(manifest: Manifest): number[] | undefined {
  const replicas = replicasOf(manifest);
  return replicas === undefined
    ? undefined
    : Array.from({ length: replicas }, (_, at) => startOf(manifest) + at);
}

/** Members that follow each other, by their names. */
function named({ metadata }: Manifest, ordinals: readonly number[]): string {
  const [low, high] = [
    `${metadata.name}-${ordinals[0]}`,
    `${metadata.name}-${ordinals[ordinals.length - 1]}`,
  ];
  return ordinals.length === 1 ? `pod ${low}` : `pods ${low} to ${high}`;
}

const KEEP = 'keep the ordinals';

/** Members are made under the new ordinals first; those whose ordinals are gone end after that, the highest first. */
export const ordinals: FieldRule = each(['spec.ordinals'], (field, { object, before, after }): Draft => {
  const [old, now] = [ordinalsOf(before), ordinalsOf(after)];
  const why = shown(field);
  if (!old || !now) {
    const what = `pods of ${object} end and others are made, with other names and other claims: ${why}`;
    return { verdict: 'applied-live', what, instead: KEEP, needsYes: true };
  }
  const [gone, fresh] = [old.filter((at) => !now.includes(at)), now.filter((at) => !old.includes(at))];
  const made = fresh.length === 0 ? '' : `${named(after, fresh)} of ${object} ${isOrAre(fresh)} made`;
  if (gone.length === 0)
    return {
      verdict: made ? 'applied-live' : 'nothing',
      what: `${made || `no pod of ${object} ends`}: ${why}`,
    };
  const ends = `${named(before, gone)} of ${object} end${gone.length === 1 ? 's' : ''}`;
  const all = gone.length === old.length;
  if (claimNames(before).length > 0 && (all || retention(after).whenScaled === 'Delete')) {
    const what =
      retention(after).whenScaled === 'Delete'
        ? `${ends}, and what was claimed there is deleted with all data, because whenScaled is Delete`
        : `${ends}; claims stay behind${made && `, and ${made}, which start${fresh.length === 1 ? 's' : ''} empty`}`;
    return { verdict: 'data-lost', what: `${what}: ${why}`, instead: KEEP, needsYes: true };
  }
  const together = all && (fresh.length === 0 || after.spec?.podManagementPolicy === 'Parallel');
  const claims = claimNames(before).length > 0 ? '; claims stay behind' : '';
  const what = `${made && `${made}, and `}${ends}${claims}: ${why}`;
  return { verdict: together ? 'outage' : 'applied-live', what, instead: KEEP, needsYes: true };
});

function isOrAre(ordinals: readonly number[]): string {
  return ordinals.length === 1 ? 'is' : 'are';
}
