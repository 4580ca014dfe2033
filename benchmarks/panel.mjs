// One browser for benchmarks/panel.py: tells on stdout, a JSON object a line, what it wants and what it found.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const asked = JSON.parse(process.argv[2]);
const { chromium } = createRequire(asked.modules)('@playwright/test');
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = value => console.log(JSON.stringify(value));
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

const headers = { Authorization: `token ${asked.token}` };
const api = async (method, path) => {
  const response = await fetch(`${asked.base}/p2n/api/v1${path}`, { method, headers });
  return response.json();
};

const browser = await chromium.launch({
  executablePath: asked.chromium,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--enable-precise-memory-info']
});
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
const protocol = await page.context().newCDPSession(page);
await page.goto(`${asked.base}/lab?token=${asked.token}`);
await page.locator('#jupyterlab-splash').waitFor({ state: 'detached', timeout: 120000 });
await page.locator('.jp-LabShell').waitFor();
await pause(3000);

const command = (id, args = {}) =>
  page.evaluate(([name, more]) => globalThis.jupyterapp.commands.execute(name, more), [id, args]);

/** Seconds from the click on the sidebar's tab to the frame after the panel's words stand there. */
const paint = () =>
  page.evaluate(
    () =>
      new Promise(resolve => {
        const begun = performance.now();
        const look = () => {
          const panel = document.querySelector('#p2n-sidebar h2');
          if (panel?.getClientRects().length) {
            requestAnimationFrame(() => resolve((performance.now() - begun) / 1000));
          } else {
            requestAnimationFrame(look);
          }
        };
        document.querySelector('.jp-SideBar [data-id="p2n-sidebar"]').click();
        look();
      })
  );

const frames = seconds =>
  page.evaluate(
    span =>
      new Promise(resolve => {
        let count = 0;
        const begun = performance.now();
        const tick = now => {
          count += 1;
          if (now - begun >= span * 1000) {
            resolve((count * 1000) / (now - begun));
          } else {
            requestAnimationFrame(tick);
          }
        };
        requestAnimationFrame(tick);
      }),
    seconds
  );

/** MB that are left after everything that nobody holds was let go. */
const heap = async () => {
  await protocol.send('HeapProfiler.collectGarbage');
  return (await protocol.send('Runtime.getHeapUsage')).usedSize / 1e6;
};

const counted = () =>
  page.evaluate(() => {
    const text = document.querySelector('.p2n-Document:not(.lm-mod-hidden) .p2n-Log .p2n-Count');
    return Number((text?.textContent ?? '').replace(/\D/g, ''));
  });

const until = async (done, seconds, what) => {
  const deadline = Date.now() + seconds * 1000;
  while (!(await done())) {
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${seconds} s`);
    }
    await pause(20);
  }
};

const open = async plan => {
  const run = await api('POST', `/plans/${plan}/run`);
  await command('p2n:open-paper', { paperId: run.paper_id, step: 'run' });
  const shown = page.locator('.p2n-Document:visible');
  // The newest run is there when the history has a row for it.
  await shown.locator(`button[title="${run.id}"]`).click({ timeout: 60000 });
  await pause(500);
  return run;
};

try {
  const found = { paint: await paint() };
  found.idle_fps = await frames(3);
  found.heap_before = await heap();

  const flood = await open(asked.plans.flood);
  await until(async () => (await counted()) >= asked.lines, 240, 'the flood');
  await until(
    async () => !['queued', 'running'].includes((await api('GET', `/runs/${flood.id}`)).status),
    60,
    'the end of the flood'
  );
  await pause(1000);
  found.heap = await heap();

  const paced = await open(asked.plans.paced);
  await until(async () => (await counted()) > 0 && (await counted()) < asked.lines, 240, 'lines');
  found.fps = await frames(asked.seconds);

  say({ wants: 'kill' });
  await answers.next();
  await pause(500);
  const before = await counted();
  say({ wants: 'start' });
  const answered = Number((await answers.next()).value) * 1000;
  await until(async () => (await counted()) > before, 60, 'the first line after the restart');
  found.reconnect = Math.max(0, (Date.now() - answered) / 1000);
  await until(
    async () => !['queued', 'running'].includes((await api('GET', `/runs/${paced.id}`)).status),
    120,
    'the end of the paced run'
  );
  say({ found });
} finally {
  await browser.close();
}
