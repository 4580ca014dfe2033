import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import { type Download, expect, type Locator, test } from '@playwright/test';

import { Lab, ROOT } from './lab';

const PAPER = resolve(ROOT, 'examples/papers/small_models_2026.pdf');

interface IExport {
  claims: { id: string; method: string; status: string; dataset: string | null }[];
  total: number;
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), 'utf8');
}

async function bytesOf(picture: Locator): Promise<string> {
  return picture.evaluate(async (node: HTMLImageElement) => {
    const bytes = new Uint8Array(await (await fetch(node.src)).arrayBuffer());
    return `${bytes.length} ${bytes.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7)}`;
  });
}

test('a person looks through the claims, corrects, rejects and takes them along', async ({
  page
}) => {
  const lab = new Lab(page);
  await lab.open('claims');
  await lab.setTheme('JupyterLab Light');
  const sidebar = await lab.showSidebar();
  await sidebar.locator('input[type=file]').setInputFiles(PAPER);
  const panel = lab.document;
  const rows = panel.getByRole('table', { name: 'Claims' }).locator('tbody tr');
  const button = (name: string) => panel.getByRole('button', { name, exact: true });
  const picture = panel.getByRole('img', { name: /value .* marked/ });

  await test.step('who reads is chosen, and said', async () => {
    await panel.getByRole('combobox', { name: 'Reader' }).selectOption('offline');
    await button('Extract claims').click();
    await expect(panel.getByText('Read by the offline reader: rules, no model')).toBeVisible({
      timeout: 120000
    });
    expect(await rows.count()).toBeGreaterThan(5);
    await expect(picture).toBeVisible();
    await lab.shot('9-claims');
  });
  const all = await rows.count();

  await test.step('a model that is not set up is told, and the claims stay', async () => {
    await panel.getByRole('combobox', { name: 'Reader' }).selectOption('openai');
    await button('Read again').click();
    const alert = panel.getByRole('alert');
    await expect(alert).toContainText('E_MODEL_NOT_CONFIGURED');
    await expect(rows).toHaveCount(all);
    await alert.getByRole('button', { name: 'Dismiss' }).click();
  });

  await test.step("the filters are made of the paper's own values", async () => {
    const datasets = panel.getByRole('combobox', { name: 'Filter: Dataset' });
    const [, first] = await datasets.locator('option').allTextContents();
    await datasets.selectOption({ index: 1 });
    const count = Number(/\((\d+)\)$/.exec(first)![1]);
    await expect(rows).toHaveCount(count);
    await panel.getByRole('searchbox', { name: 'Filter claims by words' }).fill('no such word');
    await expect(panel.getByText('No claim fits the filter.')).toBeVisible();
    await button('Show all').click();
    await expect(rows).toHaveCount(all);
  });

  await test.step('columns are sorted by keyboard', async () => {
    const heading = panel.getByRole('columnheader', { name: 'Value' });
    await heading.getByRole('button').press('Enter');
    await expect(heading).toHaveAttribute('aria-sort', 'ascending');
    await heading.getByRole('button').press('Enter');
    await heading.getByRole('button').press('Enter');
    await expect(heading).toHaveAttribute('aria-sort', 'none');
  });

  // Two numbers of one table, so that each stands on the other's page.
  const table = rows.filter({ hasText: /Table \d/ });
  const claim = table.nth(0);
  const other = (await table.nth(1).locator('.p2n-mod-value').textContent())!;
  const printed = /[\d.]+/.exec(other)![0];

  await test.step('the whole page and back', async () => {
    await claim.click();
    await button('Whole page').click();
    await expect(panel.getByRole('img', { name: /The whole page/ })).toBeVisible();
    await lab.shot('9-whole-page');
    await button('Back to the place').click();
    await expect(panel.getByRole('img', { name: /Page \d+ of the paper/ })).toBeVisible();
  });
  const before = await bytesOf(picture);

  await test.step('a value that the page does not show is refused, and what was typed stays', async () => {
    await button('Correct').press('Enter');
    const value = panel.getByRole('textbox', { name: 'Value as printed' });
    await value.fill('12.3456');
    await value.press('Enter');
    const alert = panel.getByRole('alert');
    await expect(alert).toContainText('does not stand on page');
    await expect(alert.locator('.p2n-Problem-remediation')).not.toBeEmpty();
    await expect(value).toHaveValue('12.3456');
    await lab.shot('9-refused');
    await value.press('Escape');
    await expect(value).toBeHidden();
    await expect(button('Correct')).toBeFocused();
  });

  await test.step('one that stands there is taken, and the mark moves', async () => {
    await button('Correct').press('Enter');
    await panel
      .getByRole('form', { name: 'Correct this claim' })
      .getByLabel('Method', { exact: true })
      .fill('Another method');
    await panel.getByRole('textbox', { name: 'Value as printed' }).fill(printed);
    await button('Save').click();
    await expect(claim).toContainText('corrected');
    await expect(claim).toContainText('Another method');
    const proposals = panel.getByRole('table', { name: 'Corrected by a person' });
    await expect(proposals.locator('tbody tr')).toHaveCount(2);
    await expect(picture).toBeVisible();
    await expect.poll(() => bytesOf(picture)).not.toBe(before);
    await lab.shot('9-corrected');
  });

  await test.step('what was proposed comes back, with its mark', async () => {
    await button('Back to what was proposed').press('Enter');
    await expect(claim).toContainText('proposed');
    await expect(panel.getByRole('table', { name: 'Corrected by a person' })).toBeHidden();
    await expect(picture).toBeVisible();
    await expect.poll(() => bytesOf(picture)).toBe(before);
    await button('Correct').press('Enter');
    await panel
      .getByRole('form', { name: 'Correct this claim' })
      .getByLabel('Method', { exact: true })
      .fill('Another method');
    await page.keyboard.press('Enter');
    await expect(claim).toContainText('corrected');
  });

  await test.step('another is rejected, and taken back', async () => {
    await table.nth(1).click();
    await button('Reject').press('Enter');
    await expect(table.nth(1)).toContainText('rejected');
    await button('Back to what was proposed').press('Enter');
    await expect(table.nth(1)).toContainText('proposed');
    await button('Reject').press('Enter');
    await expect(table.nth(1)).toContainText('rejected');
  });

  await test.step('what is shown is exported, and nothing else', async () => {
    await panel.getByRole('combobox', { name: 'Filter: Status' }).selectOption('=corrected');
    await expect(rows).toHaveCount(1);
    const [json] = await Promise.all([page.waitForEvent('download'), button('JSON').click()]);
    expect(json.suggestedFilename()).toBe('small_models_2026-claims.json');
    const kept = JSON.parse(await textOf(json)) as IExport;
    expect(kept.total).toBe(all);
    expect(kept.claims).toMatchObject([{ method: 'Another method', status: 'corrected' }]);
    await panel.getByRole('combobox', { name: 'Filter: Status' }).selectOption('any');
    await panel.getByRole('searchbox', { name: 'Filter claims by words' }).fill('another');
    await expect(rows).toHaveCount(1);
    const [csv] = await Promise.all([page.waitForEvent('download'), button('CSV').click()]);
    const lines = (await textOf(csv)).trim().split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('"id","status","method"');
    expect(lines[1]).toContain('Another method');
    await button('Show all').click();
  });

  await test.step('a new reading keeps what a person said', async () => {
    await panel.getByRole('combobox', { name: 'Reader' }).selectOption('offline');
    await button('Read again').click();
    await expect(rows.filter({ hasText: 'Another method' })).toContainText('corrected', {
      timeout: 60000
    });
    await expect(rows.filter({ hasText: 'rejected' })).toHaveCount(1);
  });

  await test.step('no serious hurdle, in light and in dark', async () => {
    const found: string[] = [];
    await rows.filter({ hasText: 'Another method' }).click();
    await button('Correct').click();
    for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
      await lab.setTheme(theme);
      await lab.shot(`9-${theme.split(' ')[1].toLowerCase()}-correct`);
      const { violations } = await new AxeBuilder({ page }).include('.p2n-Document').analyze();
      found.push(
        ...violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${theme}: ${id}: ${nodes[0].html.slice(0, 160)}`)
      );
    }
    await page.keyboard.press('Escape');
    await lab.shot('9-dark-claims');
    await lab.setTheme('JupyterLab Light');
    expect(found).toEqual([]);
  });
});
