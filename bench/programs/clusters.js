// An app of the compiled package with as many ZooKeeper clusters as asked for: clusters.js COUNT [charts] [--objects FILE]
// In one chart, or with "charts" in one chart each. --objects also writes what is rendered as JSON, for bare.js.
const { writeFileSync } = require('node:fs');
const { ApiObject, Chart, Size } = require('cdk8s');
const { PlatformApp, ZooKeeperCluster } = require('../../build/bench/package/lib');

const [count, ...options] = process.argv.slice(2);
const app = new PlatformApp({ environment: { name: 'bench' } });
const shared = options.includes('charts') ? undefined : new Chart(app, 'all', { namespace: 'all' });
for (let index = 1; index <= Number(count); index++) {
  const scope = shared ?? new Chart(app, `chart-${index}`, { namespace: `chart-${index}` });
  new ZooKeeperCluster(scope, `zookeeper-${index}`, { storage: { data: Size.gibibytes(10) } });
}
app.synth();

const file = options[options.indexOf('--objects') + 1];
if (options.includes('--objects')) {
  const objects = app.node.findAll().filter(ApiObject.isApiObject);
  writeFileSync(file, JSON.stringify(objects.map((object) => object.toJson())));
}
