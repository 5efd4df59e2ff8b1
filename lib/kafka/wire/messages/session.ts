import { query, tagged } from '../schema';

/**
 * Versions of messages that a server knows, and the features of its cluster; before version 4 without those that may be 0.
 * Its response header is never flexible.
 */
export const ApiVersions = query(
  'ApiVersions',
  18,
  4,
  { clientSoftwareName: 'string', clientSoftwareVersion: 'string' },
  {
    errorCode: 'int16',
    apiKeys: [{ apiKey: 'int16', minVersion: 'int16', maxVersion: 'int16' }],
    throttleTimeMs: 'int32',
    supportedFeatures: tagged(0, [{ name: 'string', minVersion: 'int16', maxVersion: 'int16' }]),
    finalizedFeaturesEpoch: tagged(1, 'int64'),
    finalizedFeatures: tagged(2, [
      {
        name: 'string',
        maxVersionLevel: 'int16',
        minVersionLevel: 'int16',
      },
    ]),
    zkMigrationReady: tagged(3, 'bool'),
  },
);

/** Chooses how to log in; the only message here that has no flexible version. */
export const SaslHandshake = {
  ...query('SaslHandshake', 17, 1, { mechanism: 'string' }, { errorCode: 'int16', mechanisms: ['string'] }),
  flexible: false,
};

/** A step of logging in. */
export const SaslAuthenticate = query(
  'SaslAuthenticate',
  36,
  2,
  { authBytes: 'bytes' },
  { errorCode: 'int16', errorMessage: 'string?', authBytes: 'bytes', sessionLifetimeMs: 'int64' },
);
