import * as path from 'node:path';
import { afterEach, beforeAll, describe } from 'vitest';
import { rcloneDirectory, rcloneMissing, S3Process } from '../../support/rclone';
import { describeScripts } from './scripts';

describe.skipIf(rcloneMissing)(`with rclone ${rcloneMissing ? `(${rcloneMissing})` : ''}`, () => {
  let bin: string;
  beforeAll(async () => {
    bin = await rcloneDirectory();
  }, 900_000);

  describe('and a volume', () => {
    describeScripts((files) => ({ bin, target: files, env: {} }));
  });

  describe('and a server of S3', () => {
    let server: S3Process | undefined;
    afterEach(() => server?.stop());

    describeScripts(async (files) => {
      server = new S3Process(path.dirname(files));
      await server.start(files);
      const store = {
        TYPE: 's3',
        PROVIDER: 'Other',
        REGION: 'us-east-1',
        ENDPOINT: server.endpoint,
        ACCESS_KEY_ID: server.keys.id,
        SECRET_ACCESS_KEY: server.keys.secret,
      };
      const env = Object.fromEntries(
        Object.entries(store).map(([name, value]) => [`RCLONE_CONFIG_STORE_${name}`, value]),
      );
      return { bin, target: 'store:', env: { ...env, RCLONE_S3_NO_CHECK_BUCKET: 'true' } };
    });
  });
});
