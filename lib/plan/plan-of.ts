import { type Place, places } from './places';
import { plan } from './plan';
import type { Reading } from './read/reading';
import type { OtherDocument } from './read/yaml';
import { alarm } from './render/words';
import { type PlanSources, readSources } from './sources';
import type { Plan } from './types';

/** A plan, and what was compared. */
export interface ComparedPlan extends Plan {
  /** What is there now, such as `HEAD:dist`. */
  readonly from: string;
  /** What is to be applied, such as `dist`. */
  readonly to: string;
}

/**
 * Says what applying a rendering will do: reads both sides, which may be directories, git revisions or a live cluster, and
 * compares them, each environment by itself.
 * @throws where a side cannot be read
 */
export async function planOf(sources: PlanSources = {}): Promise<ComparedPlan> {
  const { before, after } = await readSources(sources);
  return planOfReadings(before, after);
}

/** The plan of two readings. */
export function planOfReadings(before: Reading, after: Reading): ComparedPlan {
  const plans = places(before, after).map((place) => ({ place, plan: plan(place.before, place.after) }));
  return {
    from: before.name,
    to: after.name,
    subjects: plans
      .flatMap(({ plan: { subjects } }) => subjects)
      .map((subject, index) => ({ subject, index }))
      .sort((a, b) => alarm(a.subject.effects) - alarm(b.subject.effects) || a.index - b.index)
      .map(({ subject }) => subject),
    unknown: [
      ...before.unread,
      ...after.unread,
      ...changedDocuments(before.others, after.others),
      ...plans.flatMap(({ place, plan: { unknown } }) => unknown.map((text) => told(place, text))),
    ],
  };
}

function told(place: Place, text: string): string {
  return place.name === '' ? text : `${place.name}: ${text}`;
}

/** A document that is no object and is the same on both sides has nothing to do with what is applied. */
function changedDocuments(before: readonly OtherDocument[], after: readonly OtherDocument[]): string[] {
  const texts = (documents: readonly OtherDocument[]) => new Set(documents.map(({ text }) => text));
  const [old, now] = [texts(before), texts(after)];
  return [
    ...before.filter(({ text }) => !now.has(text)).map(({ place, why }) => `${place} as it was ${why}`),
    ...after.filter(({ text }) => !old.has(text)).map(({ place, why }) => `${place} ${why}`),
  ].map((text) => `${text}: it is no object of Kubernetes and is not compared`);
}
