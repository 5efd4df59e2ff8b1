import type { App } from 'cdk8s';
import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Environment } from './environment';
import { podTemplateOf } from './lint/manifest';

/** How images are named and pulled in an environment. */
export interface ImageSettings {
  /** Host (and path) of a registry that mirrors everything, such as `harbor.example.com/mirror`. @default - upstream */
  readonly registry?: string;
  /**
   * Where an upstream path lives below `registry`, longest match first: `{ 'docker.io/library': 'dockerhub', 'quay.io':
   * 'quay' }`. @default - the upstream path without its host, `docker.io/library/zookeeper` -> `library/zookeeper`
   */
  readonly paths?: Record<string, string>;
  /** Name of the existing image pull Secret. @default - none */
  readonly pullSecret?: string;
  /** Digest per image as written upstream: `{ 'zookeeper:3.9.5': 'sha256:…' }`. @default - pinned by tag only */
  readonly digests?: Record<string, string>;
}

/** One image an app needs. */
export interface ImageUse {
  /** The name in the manifests. */
  readonly image: string;
  /** The upstream name it stands for; the same unless the environment has a registry of its own. */
  readonly upstream: string;
}

const SOURCES = Symbol.for('cdk8s-stateful.ImageSources');

function sourcesOf(scope: IConstruct): Map<string, string> {
  const root = scope.node.root as IConstruct & { [SOURCES]?: Map<string, string> };
  if (!root[SOURCES]) Object.defineProperty(root, SOURCES, { value: new Map() });
  return root[SOURCES] as Map<string, string>;
}

/** `zookeeper:3.9.5` -> `docker.io/library/zookeeper:3.9.5`: the name with everything implied written out. */
export function canonicalImage(image: string): string {
  const [first, ...rest] = image.split('/');
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]|^localhost$/.test(first) ? image : `docker.io/${image}`;
}

/** The name under which `image` is pulled with these settings; pure. */
export function resolveImage(image: string, settings: ImageSettings = {}): string {
  const digest = settings.digests?.[image];
  const pinned = digest && !image.includes('@') ? `${image}@${digest}` : image;
  if (!settings.registry) return pinned;
  const canonical = canonicalImage(pinned);
  const prefix = Object.keys(settings.paths ?? {})
    .filter(
      (path) => canonical.startsWith(`${path}/`) || canonical.startsWith(`${path}:`) || canonical === path,
    )
    .sort((a, b) => b.length - a.length)[0];
  const path =
    prefix === undefined
      ? canonical.slice(canonical.indexOf('/') + 1)
      : `${settings.paths?.[prefix]}${canonical.slice(prefix.length)}`;
  return `${settings.registry.replace(/\/$/, '')}/${path.replace(/^\//, '')}`;
}

/** The name of an upstream image in the environment of `scope`; remembered for `listImages`. */
export function imageFor(scope: IConstruct, upstream: string): string {
  const image = resolveImage(upstream, Environment.of(scope).props.images);
  sourcesOf(scope).set(image, upstream);
  return image;
}

/** Every image that the workloads of an app name, sorted, each with the upstream image it stands for. */
export function listImages(app: App): ImageUse[] {
  const sources = sourcesOf(app);
  const images = new Set<string>();
  for (const construct of app.node.findAll()) {
    if (!ApiObject.isApiObject(construct)) continue;
    const spec = podTemplateOf(construct.toJson())?.spec ?? {};
    for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
      if (typeof container.image === 'string') images.add(container.image);
    }
  }
  return [...images].sort().map((image) => ({ image, upstream: sources.get(image) ?? image }));
}

function withoutDigest(image: string): string {
  return image.replace(/@.*/, '');
}

/** Where to copy from: the digest that the manifests are pinned to, which skopeo takes only without a tag. */
function sourceOf(image: string, upstream: string): string {
  const source = canonicalImage(upstream);
  const digest = /@.*/.exec(image)?.[0];
  return digest ? `${withoutDigest(source).replace(/:[^/]*$/, '')}${digest}` : source;
}

/**
 * A shell script that copies every image of the apps from upstream to where the manifests expect it, with
 * `skopeo copy --all` (https://github.com/containers/skopeo). Images that are pulled from upstream are left out.
 */
export function mirrorScript(...apps: readonly App[]): string {
  const copies = new Map(apps.flatMap(listImages).map((use) => [use.image, use.upstream]));
  const lines = [...copies]
    .filter(
      ([image, upstream]) => canonicalImage(withoutDigest(image)) !== canonicalImage(withoutDigest(upstream)),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([image, upstream]) =>
        `skopeo copy --all docker://${sourceOf(image, upstream)} docker://${withoutDigest(image)}`,
    );
  return ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n');
}

/** What pods of an environment need to pull their images. */
export function pullSecrets({ props }: Environment): { name: string }[] | undefined {
  return props.images?.pullSecret ? [{ name: props.images.pullSecret }] : undefined;
}
