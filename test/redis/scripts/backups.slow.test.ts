import { withRclone } from '../../support/backup-scripts';
import { describeScripts } from './scripts';

withRclone(describeScripts);
