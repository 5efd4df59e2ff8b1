import type { KnownObjects } from './known-objects';
import type { Manifest } from './manifest';
import { claimTemplatesOf, nameOf, podTemplateOf, typeOf } from './manifest';
import type { ClaimSpec } from './pod';
import { quoted } from './quoted';

interface Claim extends ClaimSpec {
  readonly by: string;
}

function claimsOf(manifest: Manifest): Claim[] {
  if (typeOf(manifest) === 'PersistentVolumeClaim') {
    return [{ by: 'the claim', ...(manifest.spec as ClaimSpec | undefined) }];
  }
  const volumes = podTemplateOf(manifest)?.spec?.volumes?.filter((volume) => volume.ephemeral) ?? [];
  return [
    ...claimTemplatesOf(manifest).map((claim) => ({
      by: `claim template "${nameOf(claim)}"`,
      ...(claim.spec as ClaimSpec | undefined),
    })),
    ...volumes.map((volume) => ({
      by: `volume "${volume.name}"`,
      ...volume.ephemeral?.volumeClaimTemplate?.spec,
    })),
  ];
}

/** What is wrong with the StorageClasses that an object's claims name, given those that exist. */
export function storageClassFaults(
  manifest: Manifest,
  known: KnownObjects,
  classes: readonly string[],
): string[] {
  return claimsOf(manifest).flatMap(({ by, storageClassName: name }) => {
    // The empty string asks for a volume that somebody made by hand.
    if (!name || known.has('StorageClass', '', name)) return [];
    const asked = `${by} asks for StorageClass "${name}"`;
    return [`${asked}, this environment has ${quoted(classes)}; use one it has or add this one to it`];
  });
}
