import { expect, type Page, test } from '@playwright/test';

import { Lab, SAMPLE, THEMES } from './lab';
import { forgetSample } from './rest';

/** What the claims' step showed while the paper was being read. */
interface IWatched {
  sections: number;
  rows: number;
}

// The five flows of docs/users/playbook.md, one after the other as a person goes them.
test.describe.configure({ mode: 'serial' });

let page: Page;
let lab: Lab;

test.beforeAll(async ({ browser }) => {
  // Not browser.newPage(): axe wants a context of which it can open another page.
  page = await (await browser.newContext()).newPage();
  lab = new Lab(page);
});

test.afterAll(async () => {
  await page.context().close();
});

test('flow 1: upload and watch the extraction', async ({}, { retry }) => {
  await forgetSample();
  await lab.open(`flows-${retry}`);
  await lab.setTheme(THEMES[0]);
  const sidebar = await lab.showSidebar();
  await sidebar.locator('input[type=file]').setInputFiles(SAMPLE);
  await expect(lab.document.getByRole('heading', { level: 1 })).toContainText(/standardi[sz]/i);
  await expect(lab.step('Claims')).toHaveAttribute('aria-selected', 'true');

  // Claims appear while the reading goes on, not all at its end.
  await page.evaluate(() => {
    const watched: IWatched = { sections: 0, rows: 0 };
    Object.assign(globalThis, { watched });
    new MutationObserver(() => {
      if (document.querySelector('.p2n-Reading')) {
        watched.sections += 1;
        const rows = document.querySelectorAll('table[aria-label="Claims"] tbody tr');
        watched.rows = Math.max(watched.rows, rows.length);
      }
    }).observe(document.body, { subtree: true, childList: true });
  });
  await lab.button('Extract claims').click();
  const rows = lab.document.getByRole('table', { name: 'Claims' }).locator('tbody tr');
  await expect(rows.first()).toBeVisible({ timeout: 120000 });
  await expect(lab.button('Read again')).toBeVisible({ timeout: 120000 });
  expect(await rows.count()).toBeGreaterThan(5);
  const watched = await page.evaluate(
    () => (globalThis as unknown as { watched: IWatched }).watched
  );
  expect(watched.sections).toBeGreaterThan(0);
  expect(watched.rows).toBeGreaterThan(0);
  await expect(sidebar.getByRole('region', { name: 'Papers' })).toContainText(/\d+ claims/);
});

test('flow 2: review claims and plan', async () => {
  await test.step('a claim beside its evidence, confirmed and rejected', async () => {
    const rows = lab.document.getByRole('table', { name: 'Claims' }).locator('tbody tr');
    const picture = lab.document.getByRole('img', { name: /with the value .* marked/ });
    await expect(picture).toBeVisible();
    expect(await picture.evaluate((node: HTMLImageElement) => node.naturalWidth)).toBeGreaterThan(
      100
    );
    await rows.nth(0).focus();
    await page.keyboard.press('ArrowDown');
    await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
    await lab.button('Confirm').press('Enter');
    await expect(rows.nth(1)).toContainText('confirmed');
    await lab.button('Reject').press('Enter');
    await expect(rows.nth(1)).toContainText('rejected');
    await lab.button('Confirm').press('Enter');
    await expect(rows.nth(1)).toContainText('confirmed');
  });

  await test.step('the plan in plain words, with what the paper says and leaves unsaid', async () => {
    await lab.step('Plan').click();
    await lab.button('Make a plan').click();
    for (const title of ['In plain words', 'Experiments', 'What the paper says']) {
      await expect(lab.document.getByRole('heading', { name: title })).toBeVisible();
    }
    const quotes = lab.document.locator('.p2n-Quotes blockquote');
    expect(await quotes.count()).toBeGreaterThan(0);
    await expect(
      lab.document
        .locator('.p2n-Quotes')
        .getByText(/page \d/)
        .first()
    ).toBeVisible();
    await expect(lab.document.getByRole('group', { name: 'Assumptions' })).toBeVisible();
  });

  await test.step('what is wrong in its JSON is named by the line, before anything is sent', async () => {
    await lab.document.getByRole('tab', { name: 'JSON' }).click();
    const editor = lab.document.locator('.cm-content');
    await expect(editor).toContainText('"version"');
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' broken');
    await expect(
      lab.document.getByRole('list', { name: 'What is wrong in the plan' })
    ).toContainText(/Line \d+/);
    await expect(lab.button('Save as a new version')).toBeDisabled();
    await lab.button('Discard changes').click();
    await expect(lab.document.getByText('Unchanged', { exact: true })).toBeVisible();
  });

  await test.step('an edit is a version of its own, and is made into a notebook', async () => {
    await lab.document.getByRole('tab', { name: 'Edit' }).click();
    await lab.document.getByLabel('Budget of a run, minutes').fill('6');
    await lab.button('Save and materialize').click();
    await expect(lab.document.getByRole('combobox', { name: 'Plan' })).toContainText('version 2');
    await expect(lab.button('Open notebook')).toBeVisible({ timeout: 400000 });
  });

  await test.step('the notebook opens among the own files', async () => {
    await lab.button('Open notebook').click();
    await expect(page.locator('.jp-NotebookPanel .jp-Cell').first()).toBeVisible();
    await page.locator('.lm-TabBar-tab[data-id^="p2n-paper-"]').click();
    await expect(lab.button('Run my edited notebook')).toBeVisible();
  });
});

test('flow 3: run and watch', async () => {
  await lab.button('Run it').click();
  await expect(lab.step('Run')).toHaveAttribute('aria-selected', 'true');
  const log = lab.document.getByRole('log', { name: 'Lines of the run' });
  await expect(log.locator('.p2n-Log-line').first()).toBeVisible({ timeout: 400000 });
  const stages = lab.document.getByRole('list', { name: 'Stages' });
  await expect(stages).toContainText('Execution');
  await expect(lab.document.getByRole('group', { name: 'Cells of the notebook' })).toBeVisible();
  await expect(lab.document.getByRole('region', { name: 'Metrics so far' })).toBeVisible();
  // The end is told wherever one looks, with the way to what came of it.
  const notice = page.locator('.Toastify__toast', { hasText: 'Run succeeded' });
  await expect(notice).toBeVisible({ timeout: 300000 });
  await notice.getByRole('button', { name: 'Show the report' }).click();
  await expect(lab.step('Report')).toHaveAttribute('aria-selected', 'true');
  await lab.step('Run').click();
  await expect(stages.locator('li.p2n-mod-completed')).toHaveCount(5);
  await expect(lab.document.getByRole('table', { name: 'Runs so far' })).toContainText('succeeded');
});

test('flow 4: artifacts and report', async () => {
  await test.step('verdicts, each with its rule', async () => {
    await lab.step('Report').click();
    const verdicts = lab.document.getByRole('table', { name: 'Verdicts' });
    await expect(verdicts.getByText('✓ reproduced').first()).toBeVisible();
    await expect(
      lab.document.getByRole('img', { name: /claimed .* observed/ }).first()
    ).toBeVisible();
    await verdicts
      .getByRole('button', { name: /What the verdict on/ })
      .first()
      .click();
    await expect(verdicts.getByText('Less').first()).toBeVisible();
    await expect(lab.document.getByRole('heading', { name: 'The rule' })).toBeVisible();
  });

  await test.step('what is about another dataset gets a plan of its own', async () => {
    await lab.button('Reproduce them too').click();
    await expect(lab.step('Plan')).toContainText('3', { timeout: 120000 });
    await expect(lab.step('Run')).toContainText('2', { timeout: 180000 });
    await expect(lab.step('Report')).toHaveAttribute('aria-selected', 'true', { timeout: 300000 });
    // Of “from 74.63 % to 96.30 %” the first is nobody's: it is never planned.
    await expect(lab.document.getByRole('button', { name: /not run/ })).toHaveText(/(^|\D)1(\D|$)/);
  });

  await test.step('artifacts come by signed links, without a token', async () => {
    await lab.step('Run').click();
    const link = lab.document.getByRole('link', { name: 'metrics.json' }).first();
    const href = (await link.getAttribute('href'))!;
    const file = await fetch(href);
    expect(file.status).toBe(200);
    expect(await file.json()).toHaveProperty('metrics');
    const forged = await fetch(
      href.replace(/files\/./, start => `files/${start.endsWith('A') ? 'B' : 'A'}`)
    );
    expect(forged.status).toBe(403);
  });

  await test.step('the report is taken along', async () => {
    await lab.step('Report').click();
    for (const name of ['HTML', 'Markdown', 'JSON', 'RO-Crate']) {
      await expect(lab.document.getByText(name, { exact: false }).first()).toBeVisible();
    }
  });
});

test('flow 5: storyboard', async () => {
  await lab.step('Story').click();
  await lab.button('Tell the story').click();
  const book = lab.document.getByRole('region', { name: /arrow keys turn the page/ });
  await expect(book).toBeVisible({ timeout: 120000 });
  const dots = book.getByRole('button', { name: /^Page \d+: / });
  const pages = await dots.count();
  expect(pages).toBeGreaterThanOrEqual(5);
  expect(pages).toBeLessThanOrEqual(7);

  await book.focus();
  await page.keyboard.press('Home');
  const told = new Set<string>();
  for (let number = 1; number <= pages; number += 1) {
    await expect(book.getByRole('status')).toHaveText(`Page ${number} of ${pages}`);
    const picture = book.getByRole('img');
    await expect(picture).toBeVisible();
    const alt = (await picture.getAttribute('alt')) ?? '';
    expect(alt.length).toBeGreaterThan(20);
    told.add(alt);
    await expect
      .poll(() => picture.evaluate((node: HTMLImageElement) => node.naturalWidth))
      .toBeGreaterThan(0);
    await page.keyboard.press('ArrowRight');
  }
  expect(told.size).toBe(pages);
  await expect(book.getByRole('heading')).toContainText(/scoreboard/i);
  await expect(lab.document.getByText(/^grade/)).toBeHidden();
  await lab.document.getByText('For grown-ups: where this page comes from').click();
  const grade = await lab.document.getByText(/^grade/).textContent();
  expect(Number(/[\d.]+/.exec(grade!)![0])).toBeLessThan(4);
  await page.keyboard.press('Escape');
  await book.focus();
  await page.keyboard.press('Home');
  await expect(book.getByRole('status')).toHaveText(`Page 1 of ${pages}`);
});

test('a reload brings the paper back where it was', async () => {
  // JupyterLab itself keeps its layout some time after a change, not at once.
  const kept = page.waitForResponse(
    answer => answer.request().method() === 'PUT' && answer.url().includes('/api/workspaces/')
  );
  await lab.step('Report').click();
  await kept;
  await page.reload();
  await lab.ready();
  await expect(lab.document.getByRole('heading', { level: 1 })).toContainText(/standardi[sz]/i);
  await expect(lab.step('Report')).toHaveAttribute('aria-selected', 'true');
  await expect(lab.document.getByRole('table', { name: 'Verdicts' })).toBeVisible();
  await expect(lab.sidebar).toBeVisible();
});

test('no serious hurdle on any tab, in light and in dark', async () => {
  const found: string[] = [];
  const sidebar = await lab.showSidebar();
  await sidebar.getByRole('region', { name: 'What P2N stands on' }).getByRole('button').click();
  const ready: Record<string, () => Promise<void>> = {
    Paper: () => expect(lab.document.getByText('SHA-256')).toBeVisible(),
    Claims: () => expect(lab.document.getByRole('img', { name: /marked/ })).toBeVisible(),
    Plan: () => expect(lab.document.getByText('In plain words')).toBeVisible(),
    Run: () => expect(lab.document.getByRole('table', { name: 'Runs so far' })).toBeVisible(),
    Report: () => expect(lab.document.getByRole('table', { name: 'Verdicts' })).toBeVisible(),
    Story: () => expect(lab.document.locator('.p2n-Story-picture img')).toBeVisible()
  };
  for (const theme of [...THEMES, 'JupyterLab Dark High Contrast']) {
    await lab.setTheme(theme);
    const look = theme.split(' ').slice(1).join('-').toLowerCase();
    for (const [step, shown] of Object.entries(ready)) {
      await lab.step(step).click();
      await shown();
      await lab.shot(`${look}-${step.toLowerCase()}`);
      found.push(...(await lab.hurdles(`${theme}, ${step}`)));
    }
  }
  await lab.step('Plan').click();
  for (const theme of THEMES) {
    await lab.setTheme(theme);
    const look = theme.split(' ')[1].toLowerCase();
    await lab.document.getByRole('tab', { name: 'Edit' }).click();
    await expect(lab.document.getByRole('form', { name: 'Edit the plan' })).toBeVisible();
    await lab.shot(`${look}-plan-edit`);
    found.push(...(await lab.hurdles(`${theme}, Plan, Edit`)));
    await lab.document.getByRole('tab', { name: 'JSON' }).click();
    await expect(lab.document.locator('.cm-content')).toContainText('"version"');
    await lab.shot(`${look}-plan-json`);
    found.push(...(await lab.hurdles(`${theme}, Plan, JSON`)));
  }
  expect(found).toEqual([]);
  expect(lab.dialogs).toEqual([]);
});
