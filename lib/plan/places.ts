import { keyOf } from './identity';
import type { Rendering } from './types';

/** Both sides of what one Kubernetes cluster is given. */
export interface Place {
  /** Directory it is in, such as `prod`; the empty string where all is for one cluster. */
  readonly name: string;
  readonly before: Rendering;
  readonly after: Rendering;
}

/**
 * What belongs to one Kubernetes cluster each. An object is there once in a cluster: where two of the topmost directories
 * hold the same one, on either side, each of these is a place of its own, as `dist/dev` and `dist/prod` are.
 */
export function places(before: Rendering, after: Rendering): Place[] {
  if (!sharesObjects(before) && !sharesObjects(after)) return [{ name: '', before, after }];
  const names = new Set([...before.objects, ...after.objects].map(directoryOf));
  return [...names]
    .sort()
    .map((name) => ({ name, before: within(before, name), after: within(after, name) }));
}

function directoryOf({ stack = '' }: { stack?: string }): string {
  const slash = stack.indexOf('/');
  return slash < 0 ? '' : stack.slice(0, slash);
}

function sharesObjects({ objects }: Rendering): boolean {
  const found = new Map<string, string>();
  return objects.some((object) => {
    const key = keyOf(object.manifest);
    const directory = directoryOf(object);
    const other = found.get(key) ?? directory;
    found.set(key, other);
    return other !== directory;
  });
}

function within({ objects }: Rendering, directory: string): Rendering {
  return { objects: objects.filter((object) => directoryOf(object) === directory) };
}
