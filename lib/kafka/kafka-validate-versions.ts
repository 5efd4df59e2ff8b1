import type { Finding } from '../core/problem';
import type { KafkaModel } from './kafka-model';
import { compareLines, KAFKA_LINES } from './kafka-version';

/** What is wrong with the release, the one before it, and the metadata version. */
export function checkVersions({ version, features, props }: KafkaModel): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'kafka/version', message });
  const lines = Object.keys(KAFKA_LINES).join(', ');
  if (!version.features) {
    found(`version: ${version.version} is of a line that the library does not know; it knows ${lines}`);
    return findings;
  }
  const { upgradeFrom, metadataVersion, metadata } = props;
  if (metadata && !features.zookeeper) {
    found(
      `metadata: Kafka ${version.version} cannot keep it in ZooKeeper, only 3.9 can; use KafkaVersion.V3_9, or leave metadata out`,
    );
  }
  if (metadataVersion && metadata) {
    found('metadataVersion: metadata is in ZooKeeper, which has none; leave it out');
  } else if (metadataVersion && !metadataVersion.features) {
    found(
      `metadataVersion: ${metadataVersion.version} is of a line that the library does not know; it knows ${lines}`,
    );
  } else if (metadataVersion && compareLines(metadataVersion.line, version.line) > 0) {
    found(
      `metadataVersion: ${metadataVersion.features?.metadataVersion} is newer than ${version.version} can read; give at most that of the release, or leave it out`,
    );
  }
  if (!upgradeFrom) return findings;
  if (compareLines(upgradeFrom.line, features.upgradeFrom) < 0) {
    found(
      `upgradeFrom: ${upgradeFrom.version} cannot be upgraded to ${version.version} by a rolling restart, only ${features.upgradeFrom} and later can; go by one of these first`,
    );
  }
  const held = metadataVersion && compareLines(metadataVersion.line, version.line) <= 0;
  if (compareLines(version.line, upgradeFrom.line) < 0 && !held && !metadata) {
    found(
      `upgradeFrom: from ${upgradeFrom.version} to ${version.version} is a downgrade, which works only while metadata.version was held back; ` +
        `give metadataVersion where it was, or stay with ${upgradeFrom.version}`,
    );
  }
  return findings;
}
