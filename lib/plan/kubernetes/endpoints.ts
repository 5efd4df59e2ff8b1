import type { LabelSelector } from '../../core/lint/label-selector';
import { serviceSelector } from '../../core/lint/selecting-objects';
import { describe, namespaceOf } from '../identity';
import type { Manifest } from '../types';
import type { Changed, Context, Draft, Whole } from './rule';
import { manifestOf, World } from './world';

/** Whether a Service had pods behind it and has none any more. */
export function lastEndpointGone(before: Manifest, after: Manifest, context: Context): boolean {
  const endpoints = (world: World, service: Manifest) =>
    world.selected(namespaceOf(service), serviceSelector(service) as LabelSelector | undefined);
  if (endpoints(World.of(context.before), before).length === 0) return false;
  return serviceSelector(after) !== undefined && endpoints(World.of(context.after), after).length === 0;
}

/** Services that stay as they are, and lose their last pods by the change of a workload. */
function without(workload: Manifest, context: Context): Draft[] {
  const namespace = namespaceOf(workload);
  const [old, now] = [World.of(context.before), World.of(context.after)];
  return old.in(namespace, 'Service').flatMap((before): Draft[] => {
    const after = now.same(before);
    if (!after || JSON.stringify(after.spec?.selector) !== JSON.stringify(before.spec?.selector)) return [];
    const selected = old.selected(namespace, serviceSelector(before));
    const known = selected.some((of) => describe(manifestOf(of)) === describe(workload));
    if (!known || !lastEndpointGone(before, after, context)) return [];
    return [
      {
        verdict: 'outage',
        object: describe(after),
        what: `${describe(after)} has no pods any more: its last ones were those of ${describe(workload)}`,
        instead: 'let its selector match pods, or remove it, too',
        needsYes: true,
      },
    ];
  });
}

/** Services that lose their last pods because a workload changes. */
export function lostEndpoints({ before, context }: Changed): Draft[] {
  return without(before, context);
}

/** Services that lose their last pods because a workload is deleted. */
export function endpointsLostWith({ manifest, context }: Whole): Draft[] {
  return without(manifest, context);
}
