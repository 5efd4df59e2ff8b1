import { isDnsLabel } from '../names';
import type { Problem } from '../problem';
import type { Rule } from './context';
import { isDnsSubdomain, labelFaults } from './labels';
import type { Manifest } from './manifest';
import { describe, groupOf, nameOf, podTemplateOf, typeOf } from './manifest';

/** How a kind's names are spelt. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
interface Spelling {
  readonly allows: (name: string) => boolean;
  readonly allowed: string;
}

const SUBDOMAIN: Spelling = {
  allows: isDnsSubdomain,
  allowed:
    'a DNS subdomain: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends ' +
    'of each part',
};

const LABEL: Spelling = {
  allows: (name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 63,
  allowed: 'a DNS label: at most 63 lower-case letters, digits and "-", a letter or digit at both ends',
};

// A Service's name becomes the name of environment variables, which cannot start with a digit.
const SERVICE: Spelling = {
  allows: isDnsLabel,
  allowed:
    'a DNS label of RFC 1035: at most 63 lower-case letters, digits and "-", starting with a letter, not ' +
    'ending with "-"',
};

// Names such as `system:node` are customary there.
const RBAC: Spelling = {
  allows: (name) => name !== '.' && name !== '..' && !/[/%]/.test(name),
  allowed: 'one segment of a URL: anything without "/" and "%"',
};

function spellingOf(manifest: Manifest): Spelling {
  if (groupOf(manifest) === 'rbac.authorization.k8s.io') return RBAC;
  const type = typeOf(manifest);
  if (type === 'Service') return SERVICE;
  // A set's name is the start of its pods' host names, which hold no dots.
  return type === 'Namespace' || type === 'StatefulSet.apps' || isIndexed(manifest) ? LABEL : SUBDOMAIN;
}

interface Room {
  readonly most: number;
  readonly why: string;
}

/**
 * Names that get something appended which has to fit, too. Names of other pods are cut by Kubernetes until
 * they fit.
 */
const ROOM: Readonly<Record<string, Room>> = {
  // The label is `<name>-<hash of up to 10 digits>`, of at most 63 characters; so `<name>-<ordinal>` fits as
  // well.
  'StatefulSet.apps': {
    most: 52,
    why: 'leave room for the revision in the label controller-revision-hash of its pods',
  },
  'CronJob.batch': { most: 52, why: 'leave room for the time in the names of its Jobs' },
  'Job.batch': { most: 63, why: 'fit the label job-name of its pods' },
  // Its ReplicaSets are `<name>-<hash of up to 10 characters>`, at most 253, and what they call pods is cut
  // to fit 63.
  'Deployment.apps': { most: 242, why: 'leave room for the hash in the names of its ReplicaSets' },
};

function isIndexed(manifest: Manifest): boolean {
  return (
    typeOf(manifest) === 'Job.batch' && (manifest.spec as JobSpec | undefined)?.completionMode === 'Indexed'
  );
}

interface JobSpec {
  readonly completionMode?: string;
  readonly completions?: number;
}

function roomOf(manifest: Manifest): Room | undefined {
  if (!isIndexed(manifest)) return ROOM[typeOf(manifest)];
  const last = ((manifest.spec as JobSpec).completions ?? 1) - 1;
  return { most: 63 - `-${last}`.length, why: `leave room for "-${last}" in the host names of its pods` };
}

function nameFaults(manifest: Manifest): string[] {
  const name = nameOf(manifest);
  if (name === '') return [`${manifest.kind} has no name, kubectl apply needs one; set metadata.name`];
  const room = roomOf(manifest);
  if (room && name.length > room.most) {
    const given = `${describe(manifest)} has a name of ${name.length} characters`;
    return [`${given}, at most ${room.most} ${room.why}; choose a shorter name`];
  }
  const { allows, allowed } = spellingOf(manifest);
  return allows(name) ? [] : [`${describe(manifest)} has a name that is not allowed; use ${allowed}`];
}

function namespaceFaults({ metadata }: Manifest): string[] {
  const namespace = metadata?.namespace ?? 'default';
  return LABEL.allows(namespace) ? [] : [`namespace "${namespace}" is not allowed; use ${LABEL.allowed}`];
}

/**
 * [core/name] Names, namespaces and labels that the API server refuses, at once or when something is
 * appended.
 */
export const names: Rule = (objects) =>
  objects.flatMap(({ path, manifest }): Problem[] => {
    const faults = [
      ...nameFaults(manifest),
      ...namespaceFaults(manifest),
      ...labelFaults(manifest.metadata?.labels),
      ...labelFaults(podTemplateOf(manifest)?.metadata?.labels),
    ];
    return [...new Set(faults)].map((message) => ({ code: 'core/name', path, message }));
  });
