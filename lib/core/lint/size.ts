import type { Rule } from './context';
import type { Manifest } from './manifest';
import { describe, podTemplateOf } from './manifest';
import { containersOf } from './pod';

const KIB = 1024;

/** Largest object allowed, in bytes of JSON. */
export const MAX_OBJECT_SIZE = 200 * KIB;

/** At least as much as the JSON of `value` takes, without making it: a character takes at most six bytes. */
function boundOf(value: unknown): number {
  if (typeof value === 'string') return value.length * 6 + 3;
  if (typeof value !== 'object' || value === null) return 25;
  let sum = 2;
  if (Array.isArray(value)) for (const item of value) sum += boundOf(item);
  else for (const key in value) sum += boundOf(key) + boundOf((value as Record<string, unknown>)[key]);
  return sum;
}

/** Longest variable that Linux hands to a program, in bytes of `NAME=value` and a zero byte. */
export const MAX_VARIABLE_SIZE = 128 * KIB;

function bytesOf(manifest: Manifest): number {
  const bound = boundOf(manifest);
  return bound <= MAX_OBJECT_SIZE ? bound : Buffer.byteLength(JSON.stringify(manifest));
}

/**
 * [core/size] Objects too large for a client-side `kubectl apply`, which repeats the whole object in an
 * annotation of at most 256 KiB; the difference is room for what gets added on the way.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
 */
export const sizes: Rule = (objects) =>
  objects.flatMap(({ path, manifest }) => {
    const size = bytesOf(manifest);
    if (size <= MAX_OBJECT_SIZE) return [];
    const message =
      `${describe(manifest)} is ${Math.ceil(size / KIB)} KiB of JSON, at most ${MAX_OBJECT_SIZE / KIB} KiB ` +
      'fit the annotation that kubectl apply keeps a copy in; split it, or load what is in it from a ' +
      'volume or an image';
    return [{ code: 'core/size', path, message }];
  });

/** [core/variable] Environment variables that are too long for a program to be started with. */
export const variables: Rule = (objects) =>
  objects.flatMap(({ path, manifest }) =>
    containersOf(podTemplateOf(manifest)?.spec).flatMap(({ name, env = [] }) =>
      env.flatMap((variable) => {
        const size = Buffer.byteLength(`${variable.name}=${variable.value ?? ''}`) + 1;
        if (size <= MAX_VARIABLE_SIZE) return [];
        const message =
          `${describe(manifest)}: the variable ${variable.name} of container ${name} has ${Math.ceil(size / KIB)} KiB, and ` +
          `Linux starts no program with more than ${MAX_VARIABLE_SIZE / KIB} KiB in one; declare less in one place`;
        return [{ code: 'core/variable', path, message }];
      }),
    ),
  );
