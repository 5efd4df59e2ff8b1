import type { FieldChange } from '../types';
import { count, type Draft, first } from './rule';

/** A number that is no longer rendered: whatever applies takes the field away, and the default is 1. */
export function handedOver(object: string, from: number): Draft {
  const reset = from > 1 ? `, so ${count(from - 1, 'pod')} end${from === 2 ? 's' : ''}` : '';
  return {
    verdict: from > 1 ? 'outage' : 'nothing',
    what: `spec.replicas of ${object} is rendered no more, and whoever applies that sets it to 1${reset}: it was ${from}`,
    ...(from > 1
      ? {
          instead:
            'hand the field over first: take it out of the last-applied annotation (kubectl apply set-last-applied), ' +
            'or, with server-side apply, let another field manager apply it, too',
          needsYes: true,
        }
      : {}),
  };
}

/** A strategy that was never rendered: what the API server put there instead does not go with the new one. */
export function stuck(
  object: string,
  fields: readonly FieldChange[],
  path: string,
  explicit: string,
  how = 'any apply',
): Draft {
  return {
    verdict: 'refused',
    what:
      `the API server refuses the change of ${object} by ${how}: ${path} was not rendered, and the rollingUpdate that ` +
      'it was given by default stays in place beside the new type',
    instead: `apply it once with ${explicit}, so that it goes with what was applied`,
    ...first(fields),
  };
}
