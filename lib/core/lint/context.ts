import type { Problem } from '../problem';
import type { RenderedObject } from './manifest';

/** An object that exists although the app does not render it. */
export interface ExternalObject {
  readonly kind: string;
  /** @default - whatever namespace it is looked for in */
  readonly namespace?: string;
  readonly name: string;
}

/** What is true of the place that the app is rendered for. */
export interface LintContext {
  /** StorageClasses that exist there. @default - not known, claims may name any */
  readonly storageClasses?: readonly string[];
  /** Objects known to exist outside the app. @default - none */
  readonly external?: readonly ExternalObject[];
}

/** A check of everything that an app renders. */
export type Rule = (objects: readonly RenderedObject[], context: LintContext) => Problem[];

/**
 * Annotation on an object whose selector means something other than exactly one workload of the app: `many`
 * workloads (every pod included), or `external` pods, which the app does not render or which get their labels
 * while they run.
 */
export const SELECTS_ANNOTATION = 'cdk8s-stateful/selects';

/**
 * Annotation on an object that makes Secrets in its own namespace while it runs: their names,
 * comma-separated.
 */
export const CREATES_SECRET_ANNOTATION = 'cdk8s-stateful/creates-secret';
