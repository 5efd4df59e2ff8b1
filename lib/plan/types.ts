/** A Kubernetes object as YAML has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: every kind has fields of its own
  readonly [field: string]: any;
}

/** What applying a change does, the most alarming first. */
export const VERDICTS = [
  'data-lost',
  'refused',
  'outage',
  'rolling-restart',
  'applied-live',
  'nothing',
] as const;

/** What applying one change does. */
export type Verdict = (typeof VERDICTS)[number];

/** One thing that applying does, and what in the manifests it follows from. */
export interface Effect {
  readonly verdict: Verdict;
  /** What happens, in one sentence that names who it happens to and why. */
  readonly what: string;
  /** What a person can do about it, where it should not be let happen as it is. */
  readonly instead?: string;
  /** The object that changes, as `StatefulSet shop/etcd`. */
  readonly object: string;
  /** The field that changed, as `spec.template.spec.containers[etcd].image`; undefined: the whole object came or goes. */
  readonly field?: string;
  readonly from?: unknown;
  readonly to?: unknown;
  /** Whether a person should say yes before it is applied. */
  readonly needsYes?: boolean;
}

/** Effects on one cluster of ours, or on one object that belongs to none. */
export interface PlannedSubject {
  /** Stack that it is of, such as `prod/registry`, where objects come from files. */
  readonly stack?: string;
  /** As `etcd` for a cluster of ours, else as `Deployment shop/web`. */
  readonly name: string;
  /** System of a cluster of ours, such as `kafka`. */
  readonly system?: string;
  readonly effects: readonly Effect[];
}

/** What applying a rendering will do. */
export interface Plan {
  /** Subjects with effects, the most alarming first; those where nothing happens are left out. */
  readonly subjects: readonly PlannedSubject[];
  /** Kinds and fields that nobody knows enough of to say what happens, in words; never left out silently. */
  readonly unknown: readonly string[];
}

/** Objects of one state, with the stack that each is of. */
export interface Rendering {
  readonly objects: readonly { readonly stack?: string; readonly manifest: Manifest }[];
}

/** The difference of two values of one field. */
export interface FieldChange {
  /** As `spec.template.spec.containers[etcd].image`: entries of lists with a key are named by it. */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** One object before and after; one of the two is missing where it came or goes. */
export interface ObjectChange {
  readonly stack?: string;
  readonly before?: Manifest;
  readonly after?: Manifest;
  /** Empty where it came or goes. */
  readonly fields: readonly FieldChange[];
}
