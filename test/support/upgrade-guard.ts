import { Construct } from 'constructs';
import { everything } from './every-prop';
import { chartIn, nameOf, type Rendered, rendered } from './rendering';

/**
 * What is written into running clusters and cannot change there, a line for each object: names, selectors, serviceName and
 * claim templates. An object with another name is another object, and a claim with another name is an empty disk. A
 * difference here is a renaming. It needs an entry in CHANGELOG.md that says how to get from the old names to the new ones.
 */
export function frozenOf(objects: readonly Rendered[]): string[] {
  return objects.map(frozen).sort();
}

/** What is rendered, in the order of names, of a construct that lies below these parents in a chart with that id. */
export function renderedBelow(
  chartId: string,
  parents: readonly string[],
  make: (scope: Construct) => unknown,
): Rendered[] {
  const chart = chartIn(everything, chartId);
  let scope: Construct = chart;
  for (const id of parents) scope = new Construct(scope, id);
  make(scope);
  return rendered(chart).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function frozen(object: Rendered): string {
  const {
    selector,
    podSelector,
    serviceName,
    podManagementPolicy,
    volumeClaimTemplates = [],
  } = object.spec ?? {};
  const labels = selector?.matchLabels ?? selector ?? podSelector?.matchLabels;
  const claims = volumeClaimTemplates.map(
    ({ metadata, spec }: Rendered) =>
      `; claim ${metadata.name} ${text(metadata.labels)} ${JSON.stringify(spec)}`,
  );
  return [
    nameOf(object),
    labels ? ` selects ${text(labels)}` : '',
    serviceName ? `; ${podManagementPolicy}; service ${serviceName}` : '',
    ...claims,
  ].join('');
}

function text(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
}
