import { type Browser, expect, test } from '@playwright/test';

import { Lab } from './lab';
import { call, type IRun, loggedLines, queue } from './rest';
import { LabServer } from './server';

const TICKS = 400;
const TICKING = `
import time
for tick in range(${TICKS}):
    print('tick', tick, flush=True)
    time.sleep(0.05)
`;
const HOSTILE = `
import sys
from IPython.display import HTML, display
print('<img src=x onerror=alert(1)>')
print('\\x1b[31mred\\x1b[0m \\x1b]8;;javascript:alert(2)\\x07link\\x1b]8;;\\x07')
print('\\u202eright to left\\u202c \\u05e9\\u05dc\\u05d5\\u05dd')
print('<script>alert(3)</script>', file=sys.stderr)
display(HTML('<iframe src="javascript:alert(4)"></iframe>'))
for step in range(3):
    metric = {'name': '<svg onload=alert(5)>', 'value': step, 'experiment': '<b>one</b>', 'step': step}
    display({'application/vnd.p2n.metric+json': metric}, raw=True)
display({'application/vnd.p2n.metric+json': {'name': '<i>final</i>', 'value': 1.5}}, raw=True)
raise ValueError('<img src=x onerror=alert(6)>')
`;
const LINES = 100000;
const FLOOD = `
import sys
for block in range(0, ${LINES}, 1000):
    sys.stdout.write(''.join(
        f'line {n} of the flood\\n' if n != 73110 else 'the needle in the flood\\n' for n in range(block, block + 1000)))
    sys.stdout.flush()
`;

async function viewer(browser: Browser, workspace: string): Promise<Lab> {
  const context = await browser.newContext();
  const lab = new Lab(await context.newPage());
  await lab.open(workspace);
  return lab;
}

const ticksOf = (lines: string[]) => lines.filter(line => line.startsWith('tick '));

test('two browsers see every line of a run once, though its server is killed and started again', async ({
  browser
}) => {
  const server = LabServer.main();
  const both = [await viewer(browser, 'one'), await viewer(browser, 'other')];
  const { id } = await queue('ticking.ipynb', TICKING);
  for (const lab of both) {
    await lab.execute('p2n:open-run', { runId: id });
    await expect(lab.document.getByText(/^tick \d+$/).first()).toBeVisible({ timeout: 400000 });
  }

  await server.kill();
  for (const lab of both) {
    await expect(lab.document.getByText(/Connection lost, trying again/)).toBeVisible();
  }
  await server.start();

  for (const lab of both) {
    await expect(lab.document.getByText('succeeded', { exact: true }).first()).toBeVisible({
      timeout: 400000
    });
    await expect(lab.document.getByText(/Connection lost/)).toBeHidden();
    await expect(lab.document.getByText(`tick ${TICKS - 1}`, { exact: true })).toBeVisible();
    const shown = await lab.logLines();
    await expect(lab.document.getByText(`${shown.length} lines`, { exact: true })).toBeVisible();
    expect(ticksOf(shown)).toEqual(Array.from({ length: TICKS }, (_, tick) => `tick ${tick}`));
    expect((await loggedLines(id)).filter(line => /tick \d+$/.test(line))).toHaveLength(TICKS);
    await lab.page.context().close();
  }
});

test('text that a notebook prints is text, and its end is told with what to do', async ({
  page
}) => {
  const lab = new Lab(page);
  await lab.open('hostile-run');
  const { id } = await queue('<img src=x onerror=alert(0)>.ipynb', HOSTILE);
  await lab.execute('p2n:open-run', { runId: id });
  const panel = lab.document;
  await expect(panel.getByRole('heading', { level: 1 })).toContainText('<img src=x');
  const problem = panel.getByRole('alert');
  await expect(problem).toContainText('<img src=x onerror=alert(6)>', { timeout: 400000 });
  await expect(problem.locator('.p2n-Problem-remediation')).not.toBeEmpty();

  const lines = await lab.logLines();
  expect(lines).toContain('<img src=x onerror=alert(1)>');
  expect(lines).toContain('red link');
  expect(lines).toContain('<script>alert(3)</script>');
  expect(lines.some(line => line.includes('right to left'))).toBe(true);
  const log = panel.getByRole('log', { name: 'Lines of the run' });
  // What is written to the left is kept in its line: the numbers stay where numbers are.
  const places = await log
    .locator('.p2n-Log-number')
    .evaluateAll(nodes => nodes.map(node => Math.round(node.getBoundingClientRect().left)));
  expect(new Set(places).size).toBe(1);
  await expect(log.locator('.p2n-Log-line.p2n-mod-stderr').first()).toBeVisible();
  await expect(panel.getByRole('region', { name: 'Metrics so far' })).toContainText('<i>final</i>');
  await expect(panel.locator('.p2n-Curves-plot svg').first()).toBeVisible();
  const made = panel.locator(
    'img[src="x"], iframe, .p2n-Log-line script, .p2n-Log-line a, .p2n-Metrics b, .p2n-Metrics i, [onload], [onerror]'
  );
  expect(await made.count()).toBe(0);
  expect(lab.dialogs).toEqual([]);
  await lab.shot('hostile-run');
});

test('a run is cancelled after one question', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open('cancel');
  const { id } = await queue(
    'long.ipynb',
    `print('begun', flush=True)\nimport time\ntime.sleep(900)`
  );
  await lab.execute('p2n:open-run', { runId: id });
  await expect(lab.document.getByText('begun', { exact: true })).toBeVisible({ timeout: 400000 });
  await lab.button('Cancel').click();
  await expect(lab.dialog).toContainText('Cancel this run?');
  await lab.dialog.getByRole('button', { name: 'Keep it' }).click();
  await expect(lab.dialog).toBeHidden();
  expect((await call<IRun>('GET', `runs/${id}`)).status).toBe('running');

  await lab.button('Cancel').click();
  await lab.dialog.getByRole('button', { name: 'Cancel the run' }).click();
  await expect(lab.dialog).toBeHidden();
  await expect(lab.button('Run again')).toBeVisible({ timeout: 120000 });
  await expect(lab.document.getByText('cancelled', { exact: true }).first()).toBeVisible();
  await expect(lab.document.getByText('begun', { exact: true })).toBeVisible();
  expect((await call<IRun>('GET', `runs/${id}`)).status).toBe('cancelled');
});

test('100,000 lines are all there, found and scrolled through, with few of them in the page', async ({
  page
}) => {
  const lab = new Lab(page);
  await lab.open('flood');
  const { id } = await queue('flood.ipynb', FLOOD);
  await lab.execute('p2n:open-run', { runId: id });
  const panel = lab.document;
  // All of them, and the few that tell how the environment was made.
  await expect(panel.getByText(/^1000\d\d lines$/)).toBeVisible({ timeout: 400000 });
  const log = panel.getByRole('log', { name: 'Lines of the run' });
  const inPage = () => log.locator('.p2n-Log-line').count();
  // It goes along with the newest line.
  await expect(log.getByText(`line ${LINES - 1} of the flood`)).toBeVisible();
  expect(await inPage()).toBeLessThan(150);

  await log.focus();
  await page.keyboard.press('Control+f');
  const search = panel.getByRole('searchbox', { name: 'Find in the log' });
  await search.fill('THE NEEDLE');
  await expect(panel.getByRole('search').getByRole('status')).toHaveText('1 of 1 line');
  await expect(log.locator('mark')).toHaveText('the needle');
  await expect(log.locator('.p2n-mod-current .p2n-Log-number')).toHaveText(/^731[12]\d$/);
  await search.press('Escape');
  await expect(log).toBeFocused();

  await log.hover();
  await page.mouse.wheel(0, 1800);
  await expect(log.getByText('line 73209 of the flood')).toBeVisible();
  await log.focus();
  await page.keyboard.press('Home');
  await expect(log.getByText('line 0 of the flood')).toBeVisible();
  await expect(lab.button('Follow')).toBeVisible();
  await page.keyboard.press('End');
  await expect(log.getByText(`line ${LINES - 1} of the flood`)).toBeVisible();
  expect(await inPage()).toBeLessThan(150);
  expect((await loggedLines(id)).filter(line => line.endsWith('flood'))).toHaveLength(LINES);
});
