import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { number } from '../format';
import type { PaperSession } from '../paperSession';
import type { Storyboard, StoryFact, StoryPage } from '../schemas';
import { isLive } from '../status';
import { usePanel } from './context';
import { Button, Empty, Problem, Spinner } from './parts';
import { Notices } from './ReadBy';
import { StoryBook } from './StoryBook';

/** The paper as a story for children. */
export function StoryStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { story: desk } = session;
  const { story, busy, problem } = desk;
  if (!story) {
    return (
      <>
        {problem && <Problem reason={problem} onDismiss={() => desk.dismiss()} />}
        <NoStory session={session} />
      </>
    );
  }
  const live = session.run !== null && isLive(session.run.status);
  return (
    <>
      {problem && <Problem reason={problem} onDismiss={() => desk.dismiss()} />}
      {story.stale && (
        <div className="p2n-Note" role="status">
          <span>
            {live
              ? trans.__('A run goes on: the story can tell how it ends when it has ended.')
              : trans.__('There is news since this story was told.')}
          </span>
          <Button
            kind="primary"
            icon={refreshIcon}
            disabled={busy}
            onClick={() => void desk.refresh()}
          >
            {busy ? trans.__('Telling …') : trans.__('Tell the news too')}
          </Button>
        </div>
      )}
      <StoryBook story={story} page={desk.page} onTurn={page => desk.turn(page)} />
      <Notices notices={story.notices} />
      <ForGrownUps
        story={story}
        page={story.pages[desk.page]}
        busy={busy}
        onTell={() => void desk.tell()}
      />
    </>
  );
}

function NoStory({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { busy } = session.story;
  const read = Boolean(session.paper?.reader) && session.claims.all.length > 0;
  return (
    <Empty title={trans.__('Once upon a paper …')}>
      <p>
        {trans.__(
          'P2N tells this paper in a few pages with pictures, in words that a child of eight can read. It says only what the paper, the plan and the runs say; the last page is the scoreboard.'
        )}
      </p>
      {read ? (
        <Button
          kind="primary"
          className="p2n-mod-large"
          disabled={busy}
          onClick={() => void session.story.tell()}
        >
          {busy && <Spinner />} {busy ? trans.__('Telling …') : trans.__('Tell the story')}
        </Button>
      ) : (
        <>
          <p>{trans.__('The paper has to be read first.')}</p>
          <Button kind="primary" onClick={() => session.show('claims')}>
            {trans.__('Go to the claims')}
          </Button>
        </>
      )}
    </Empty>
  );
}

/** What a page rests on, how hard it is to read, and who made it. */
function ForGrownUps(props: {
  story: Storyboard;
  page: StoryPage;
  busy: boolean;
  onTell: () => void;
}): React.JSX.Element {
  const { story, page, busy, onTell } = props;
  const { trans } = usePanel();
  const facts = new Map(story.facts.map(fact => [fact.id, fact]));
  const sources: Record<StoryFact['source'], string> = {
    paper: trans.__('paper'),
    claim: trans.__('claim'),
    catalogue: trans.__('catalogue'),
    plan: trans.__('plan'),
    run: trans.__('run'),
    report: trans.__('report')
  };
  return (
    <details className="p2n-Details p2n-Story-grown">
      <summary>{trans.__('For grown-ups: where this page comes from')}</summary>
      <dl className="p2n-Facts">
        {page.facts.map(id => {
          const fact = facts.get(id);
          return (
            fact && (
              <React.Fragment key={id}>
                <dt>{sources[fact.source]}</dt>
                <dd>{fact.text}</dd>
              </React.Fragment>
            )
          );
        })}
        <dt>{trans.__('Reading level')}</dt>
        <dd>
          {trans.__(
            'grade %1 (Flesch-Kincaid; %2 words, %3 sentences)',
            number(page.readability.grade),
            page.readability.words,
            page.readability.sentences
          )}
        </dd>
        <dt>{trans.__('Words and picture')}</dt>
        <dd>
          {page.author}, {page.illustration.artist}
        </dd>
        <dt>{trans.__('Told')}</dt>
        <dd>
          {new Date(story.refreshed_at).toLocaleString()}, {trans.__('version %1', story.version)}
        </dd>
      </dl>
      <Button small icon={refreshIcon} disabled={busy} onClick={onTell}>
        {trans.__('Tell it anew')}
      </Button>
    </details>
  );
}
