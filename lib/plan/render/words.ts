import { type Effect, type Plan, VERDICTS, type Verdict } from '../types';

/** Verdicts as people read them, the two that must not be applied in capitals. */
export const WORDS: Readonly<Record<Verdict, string>> = {
  'data-lost': 'DATA LOST',
  refused: 'REFUSED',
  outage: 'OUTAGE',
  'rolling-restart': 'rolling restart',
  'applied-live': 'applied live',
  nothing: 'nothing',
};

/** As `1 loses data, 2 are refused, 3 need a yes`. */
export function summary({ subjects, unknown }: Plan): string {
  const effects = subjects.flatMap((subject) => subject.effects);
  const count = (is: (effect: Effect) => boolean): number => effects.filter(is).length;
  const lost = count(({ verdict }) => verdict === 'data-lost');
  const refused = count(({ verdict }) => verdict === 'refused');
  const outages = count(({ verdict }) => verdict === 'outage');
  const restarts = count(({ verdict }) => verdict === 'rolling-restart');
  const live = count(({ verdict }) => verdict === 'applied-live');
  const yes = count(({ verdict, needsYes }) => needsYes === true && !isRed(verdict));
  const parts = [
    lost > 0 && `${lost} ${lost === 1 ? 'loses' : 'lose'} data`,
    refused > 0 && `${refused} refused`,
    outages > 0 && `${outages} ${outages === 1 ? 'outage' : 'outages'}`,
    restarts > 0 && `${restarts} rolling ${restarts === 1 ? 'restart' : 'restarts'}`,
    live > 0 && `${live} applied live`,
    yes > 0 && `${yes} ${yes === 1 ? 'needs' : 'need'} a yes`,
    unknown.length > 0 && `${unknown.length} unknown`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(', ') : 'nothing happens';
}

function isRed(verdict: Verdict): boolean {
  return verdict === 'data-lost' || verdict === 'refused';
}

/** How alarming effects are together; 0 is the worst. */
export function alarm(effects: readonly Effect[]): number {
  return Math.min(...effects.map(({ verdict }) => VERDICTS.indexOf(verdict)));
}

/**
 * Effects as people are told them, the most alarming first: what says the same once, everything that is only created in one
 * sentence, and of what nothing notices the number.
 */
export function told(effects: readonly Effect[]): Effect[] {
  const created = effects.filter(({ object, what }) => what === `${object} is created`);
  const idle = effects.filter(({ verdict, needsYes }) => verdict === 'nothing' && !needsYes);
  const others = effects.filter((effect) => !created.includes(effect) && !idle.includes(effect));
  const key = ({ verdict, what, instead }: Effect): string => JSON.stringify([verdict, what, instead]);
  return [
    ...new Map(others.map((effect) => [key(effect), effect])).values(),
    ...together(created, (count) => `${count} objects are created: ${namesOf(created)}`),
    ...together(idle, (count) => `${count} more changes, of labels and the like, do nothing to what runs`),
  ].sort((a, b) => alarm([a]) - alarm([b]));
}

function together(effects: readonly Effect[], what: (count: number) => string): readonly Effect[] {
  return effects.length < 2 ? effects : [{ ...effects[0], what: what(effects.length) }];
}

function namesOf(effects: readonly Effect[]): string {
  const names = new Map<string, string[]>();
  for (const { object } of effects) {
    const [kind, name] = object.split(' ');
    names.set(kind, [...(names.get(kind) ?? []), name.slice(name.indexOf('/') + 1)]);
  }
  return [...names].map(([kind, all]) => `${kind} ${all.join(', ')}`).join('; ');
}
