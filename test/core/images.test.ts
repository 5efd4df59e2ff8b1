import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Environment, type ImageSettings, listImages, mirrorScript } from '../../lib';
import { canonicalImage, imageFor, resolveImage } from '../../lib/core/images';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

it.each([
  ['zookeeper', 'docker.io/library/zookeeper'],
  ['zookeeper:3.9.5', 'docker.io/library/zookeeper:3.9.5'],
  [`zookeeper:3.9.5@${DIGEST}`, `docker.io/library/zookeeper:3.9.5@${DIGEST}`],
  ['rclone/rclone:1.75.2', 'docker.io/rclone/rclone:1.75.2'],
  ['quay.io/a/b:1', 'quay.io/a/b:1'],
  ['localhost/a', 'localhost/a'],
  ['registry:5000/a', 'registry:5000/a'],
])('canonicalImage(%s) is %s', (image, canonical) => {
  expect(canonicalImage(image)).toBe(canonical);
});

describe('resolveImage', () => {
  const resolve = (image: string, settings?: ImageSettings) => resolveImage(image, settings);

  it('leaves names alone where nothing is set', () => {
    expect(resolve('zookeeper:3.9.5')).toBe('zookeeper:3.9.5');
    expect(resolve('zookeeper:3.9.5', { pullSecret: 'harbor' })).toBe('zookeeper:3.9.5');
  });

  it('puts the upstream path behind a registry', () => {
    expect(resolve('zookeeper:3.9.5', { registry: 'harbor.example.com' })).toBe(
      'harbor.example.com/library/zookeeper:3.9.5',
    );
    expect(resolve('quay.io/a/b:1', { registry: 'harbor.example.com/mirror/' })).toBe(
      'harbor.example.com/mirror/a/b:1',
    );
  });

  it('takes the longest path that matches, in whole parts', () => {
    const paths = {
      'docker.io': 'hub',
      'docker.io/library': 'official',
      'quay.io/a': 'quay-a',
      'quay.io/a/b': 'b',
      'docker.io/rclone/rclone': 'tools/rclone',
      'k8s.io': '',
    };
    const settings = { registry: 'r.io', paths };
    expect(resolve('zookeeper:3.9.5', settings)).toBe('r.io/official/zookeeper:3.9.5');
    expect(resolve('bitnami/x:1', settings)).toBe('r.io/hub/bitnami/x:1');
    expect(resolve('rclone/rclone:1.75.2', settings)).toBe('r.io/tools/rclone:1.75.2');
    expect(resolve('quay.io/a/b:1', settings)).toBe('r.io/b:1');
    expect(resolve('quay.io/ab/b:1', settings)).toBe('r.io/ab/b:1');
    expect(resolve('k8s.io/pause:3', settings)).toBe('r.io/pause:3');
  });

  it('adds the digest of the upstream name, and never a second one', () => {
    const digests = { 'zookeeper:3.9.5': DIGEST, [`a@${DIGEST}`]: DIGEST };
    expect(resolve('zookeeper:3.9.5', { digests })).toBe(`zookeeper:3.9.5@${DIGEST}`);
    expect(resolve('zookeeper:3.9.5', { digests, registry: 'r.io' })).toBe(
      `r.io/library/zookeeper:3.9.5@${DIGEST}`,
    );
    expect(resolve('zookeeper:3.9.4', { digests })).toBe('zookeeper:3.9.4');
    expect(resolve(`a@${DIGEST}`, { digests })).toBe(`a@${DIGEST}`);
  });
});

/** An app with one pod of each kind of workload; the images of its init container and its container are given. */
function appWith(images: ImageSettings | undefined, init: string, main: string, foreign?: string): App {
  const app = new App();
  Environment.attach(app, { images });
  const chart = new Chart(app, 'chart');
  const scope = new Construct(chart, 'below');
  const spec = {
    initContainers: [{ name: 'i', image: imageFor(scope, init) }],
    containers: [{ name: 'm', image: imageFor(scope, main) }],
  };
  new ApiObject(chart, 'set', { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { template: { spec } } });
  new ApiObject(chart, 'cron', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    spec: { jobTemplate: { spec: { template: { spec } } } },
  });
  if (foreign)
    new ApiObject(chart, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: [{ name: 'f', image: foreign }] },
    });
  return app;
}

describe('listImages', () => {
  it('lists each image of each workload once, sorted, with what it stands for', () => {
    const app = appWith({ registry: 'r.io' }, 'zookeeper:3.9.5', 'node:22', 'gcr.io/other:1');
    expect(listImages(app)).toEqual([
      { image: 'gcr.io/other:1', upstream: 'gcr.io/other:1' },
      { image: 'r.io/library/node:22', upstream: 'node:22' },
      { image: 'r.io/library/zookeeper:3.9.5', upstream: 'zookeeper:3.9.5' },
    ]);
  });

  it('lists only what workloads name', () => {
    const app = new App();
    imageFor(new Chart(app, 'chart'), 'never-used:1');
    expect(listImages(app)).toEqual([]);
  });
});

describe('mirrorScript', () => {
  it('copies what is pulled from elsewhere, once, sorted by target', () => {
    const apps = [
      appWith({ registry: 'r.io' }, 'zookeeper:3.9.5', 'node:22', 'gcr.io/other:1'),
      appWith({ registry: 'r.io' }, 'quay.io/a/b:1', 'node:22'),
    ];
    expect(mirrorScript(...apps)).toBe(`#!/bin/sh
set -eu
skopeo copy --all docker://quay.io/a/b:1 docker://r.io/a/b:1
skopeo copy --all docker://docker.io/library/node:22 docker://r.io/library/node:22
skopeo copy --all docker://docker.io/library/zookeeper:3.9.5 docker://r.io/library/zookeeper:3.9.5
`);
  });

  it('copies the digest that manifests are pinned to, not whatever the tag means today', () => {
    const app = appWith(
      { registry: 'r.io', digests: { 'zookeeper:3.9.5': DIGEST } },
      'zookeeper:3.9.5',
      'node:22',
    );
    expect(mirrorScript(app)).toBe(`#!/bin/sh
set -eu
skopeo copy --all docker://docker.io/library/node:22 docker://r.io/library/node:22
skopeo copy --all docker://docker.io/library/zookeeper@${DIGEST} docker://r.io/library/zookeeper:3.9.5
`);
  });

  it.each<[string, ImageSettings | undefined]>([
    ['nothing is set', undefined],
    ['images are pinned', { digests: { 'zookeeper:3.9.5': DIGEST } }],
    ['the registry is the upstream one', { registry: 'docker.io' }],
  ])('copies nothing where %s', (_, images) => {
    expect(mirrorScript(appWith(images, 'zookeeper:3.9.5', 'node:22'))).toBe('#!/bin/sh\nset -eu\n');
  });
});
