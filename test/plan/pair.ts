import type { Manifest, Rendering } from '../../lib/plan/types';

/** Two renderings and what the plan says of applying the second where the first was applied. */
export interface Pair {
  readonly name: string;
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
  /** Effects as `verdict: what`, in the order of the plan. */
  readonly says: readonly string[];
  readonly unknown?: readonly string[];
  /** What the API server has to be brought to first, or why it cannot be asked. */
  readonly server?: 'bound' | 'not asked';
}

/** Objects as a rendering, all of one stack. */
export function rendering(manifests: readonly Manifest[]): Rendering {
  return { objects: manifests.map((manifest) => ({ manifest })) };
}
