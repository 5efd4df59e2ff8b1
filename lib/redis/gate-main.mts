import { log, runRole } from '../steward/program.js';
import { runRedisGate } from './gate/run.js';
import { runSentinelGate } from './gate/sentinel/run.js';
import { REDIS_GATE_PATHS as paths } from './gate/settings.js';
import { adoptRestore } from './tasks/adopt-restore.js';
import { runChooseSources } from './tasks/choose-sources.js';
import { prepareRestore } from './tasks/prepare-restore.js';
import { runVerifyBackup } from './tasks/verify-backup.js';

const { POD_NAME: podName = '', POD_IP: podIp = '' } = process.env;

runRole('redis-gate.mjs', {
  gate: () => runRedisGate({ podName, podIp, paths, log }),
  'sentinel-gate': () => runSentinelGate({ podName, paths, log }),
  'prepare-restore': async () => prepareRestore({ podName, paths, log }),
  'adopt-restore': () => adoptRestore({ podName, paths, log }),
  'choose-sources': () => runChooseSources(log),
  'verify-backup': () => runVerifyBackup(log),
});
