/**
 * The shapes of the client: what travels on the wire, what applications see, and what
 * the modules share. Field by field, the wire is described in docs/protocol.md.
 */

// ---- On the wire -------------------------------------------------------

/** A person as shown: `welcome.user`, search results. */
export interface User {
  id: string;
  name: string;
  username: string;
  avatar_url: string | null;
}

export interface Reply {
  id: string;
  seq: number;
  sender: string;
  sender_id?: string | null;
  excerpt: string;
  kind?: "text" | "system";
  deleted?: boolean;
  /** The original is not for every reader; nothing of it is shown. */
  unavailable?: true;
}

/** A range of the content, in Unicode code points. */
export interface Mention {
  kind: "user" | "all";
  user_id: string | null;
  offset: number;
  length: number;
}

export interface Reaction {
  emoji: string;
  count: number;
  /** The first ten, in order. */
  user_ids: string[];
  me?: boolean;
}

export interface SystemLine {
  event: string;
  actor: string | null;
  targets: string[];
  data: Record<string, unknown>;
}

export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  rev: number;
  version: number;
  client_id: string | null;
  sender: string;
  sender_id: string | null;
  content: string;
  timestamp: string;
  kind: "text" | "system";
  attachments?: object[];
  reply_to: Reply | null;
  mentions: Mention[];
  reactions: Reaction[];
  edited_at: string | null;
  deleted_at: string | null;
  deleted_by: "author" | "moderator" | null;
  system: SystemLine | null;
  extra: Record<string, unknown>;
  is_own_message: boolean;
  /** In pages of history only: compare `seq` with the receipts instead. */
  is_read?: boolean;
  is_broadcast?: boolean;
  file?: string;
  is_voice?: boolean;
  hidden?: "blocked" | "me";
}

/** What is left of a message that the reader deleted for themselves. */
export interface MessageStub {
  id: string;
  seq: number;
  rev: number;
  hidden: "me";
  conversation_id?: string;
}

export type MessageRow = Message | MessageStub;
export type Role = "owner" | "admin" | "member";

export interface Member {
  user_id: string;
  name: string;
  username: string;
  avatar_url: string | null;
  role: Role;
  joined_at: string;
  read_seq: number;
  delivered_seq: number;
}

export interface LastMessage {
  id: string;
  seq: number;
  sender: string;
  sender_id: string | null;
  excerpt: string;
  timestamp: string;
  kind: "text" | "system";
  is_own_message: boolean;
}

export interface Conversation {
  id: string;
  kind: "direct" | "group";
  is_group: boolean;
  status: "open" | "read_only" | "closed" | "archived";
  title: string;
  avatar_url: string | null;
  context: { type: string; id: string; label: string; url: string | null; image?: string } | null;
  seq: number;
  rev: number;
  meta_rev: number;
  read_seq: number;
  unread_count: number;
  mention_count: number;
  marked_unread: boolean;
  last_message: LastMessage | null;
  member_count: number;
  members: Member[];
  my_role: Role;
  permissions: Record<
    "send" | "edit_own" | "delete_any" | "add_members" | "rename" | "pin" | "mention_all",
    boolean
  >;
  send_disabled_reason: "unavailable" | "archived" | "closed" | "read_only" | null;
  history_from_seq: number;
  pinned: boolean;
  archived_by_me: boolean;
  created_at: string;
  updated_at: string;
}

export interface Presence {
  id: string;
  status: "online" | "away" | "dnd" | "offline";
  last_seen: string | null;
}

/** Numbers of the server that clients go by; names say the unit. */
export interface Limits {
  [name: string]: number;
}

export interface ErrorBody {
  code: string;
  message?: string;
  temporary?: boolean;
  field?: string;
  detail?: Record<string, unknown>;
  retry_after_ms?: number;
}

export interface Welcome {
  type: "welcome";
  v: number;
  /** `poll` where there is no socket, and what `config/` says takes its place. */
  mode: "multi" | "single" | "poll";
  epoch: string;
  ping_interval_ms: number;
  user: User;
  limits: Limits;
  features: string[];
  connection_id?: string;
  server_time?: string;
  auth?: { expires_at: string | null };
  deprecations?: object[];
}

export interface Subscribed {
  type: "subscribed";
  conversation_id: string;
  epoch: string;
  after: number | null;
  rev: number;
  seq: number;
  replay: number;
  gap: boolean;
  members_read: Pick<Member, "user_id" | "read_seq" | "delivered_seq">[];
  hidden: string[];
  history_from_seq: number;
  typing: string[];
  online: string[];
}

export interface CaughtUp {
  type: "caught_up";
  conversation_id: string;
  rev: number;
}

export interface MessageFrame extends Message {
  type: "message" | "message_updated";
  reason?: "edit" | "delete" | "reaction";
  reaction?: { emoji: string; op: "add" | "remove"; user_id: string };
}

export interface StubFrame extends MessageStub {
  type: "message" | "message_updated";
  conversation_id: string;
}

export interface ConversationUpdated {
  type: "conversation_updated";
  conversation_id: string;
  rev: number;
  changes: { title?: string; status?: Conversation["status"] | "deleted" };
  members_changed: boolean;
  member_count: number;
  actor_id: string | null;
  members_added?: Member[];
  members_removed?: string[];
  roles?: Record<string, Role>;
}

export interface Skip {
  type: "skip";
  conversation_id: string;
  rev: number;
}

/** A frame with a `rev`: it comes back in replays. */
export type Durable = MessageFrame | StubFrame | ConversationUpdated | Skip;

export interface Read {
  type: "read";
  conversation_id: string;
  user_id: string;
  user: string;
  message_id: string | null;
  up_to_seq: number;
  timestamp: string;
}

export interface Delivered {
  type: "delivered";
  conversation_id: string;
  user_id: string;
  up_to_seq: number;
}

export interface Typing {
  type: "typing";
  conversation_id: string;
  user_id: string;
  user: string;
  is_typing: boolean;
  activity: "text" | "voice" | "file";
  expires_in_ms: number;
}

export interface Inbox {
  type: "inbox";
  conversation_id: string;
  reason: "message" | "read" | "settings" | "removed";
  seq?: number;
  rev?: number;
  mentions_me?: boolean;
  last_message?: LastMessage;
  read_seq?: number;
  marked_unread?: boolean;
  pinned?: boolean;
  archived_by_me?: boolean;
}

export interface Ack {
  type: "ack";
  ref?: string;
  client_id?: string;
  id?: string;
  conversation_id?: string;
  seq?: number;
  rev?: number;
  timestamp?: string;
  duplicate?: boolean;
}

export type ErrorFrame = ErrorBody & {
  type: "error";
  fatal?: boolean;
  ref?: string;
  client_id?: string;
  conversation_id?: string;
};

export type ServerFrame =
  | Welcome
  | Subscribed
  | CaughtUp
  | Durable
  | Read
  | Delivered
  | Typing
  | Inbox
  | Ack
  | ErrorFrame
  | { type: "ping"; t: number; heads?: Record<string, number>; inbox_rev?: string }
  | { type: "pong"; t: number | string | null }
  | { type: "auth_required"; deadline_ms: number }
  | { type: "presence"; users: Presence[] }
  | { type: "conversation_created"; conversation: Conversation }
  | { type: "contact_updated"; event: "blocked" | "unblocked"; user_id: string }
  | { type: "message_hidden"; conversation_id: string; message_id: string }
  | {
      type: "unsubscribed";
      conversation_id: string;
      reason: "requested" | "removed" | "closed" | "unavailable";
    }
  | { type: "reset"; reason: "epoch" | "horizon"; conversation_id?: string };

/** A frame to the server; what it holds is said by its type. */
export interface ClientFrame {
  type: string;
  ref?: string;
  [field: string]: unknown;
}

/** A page of history, in ascending order. */
export interface HistoryPage {
  results: MessageRow[];
  rev: number;
  seq: number;
  history_from_seq: number;
  has_older: boolean;
  has_newer: boolean;
}

export interface ChangesPage {
  events: Durable[];
  next_after: number;
  rev: number;
  has_more: boolean;
  gap: boolean;
  epoch: string;
}

export interface SyncAnswer {
  events: ServerFrame[];
  cursors: Record<string, number>;
  more: string[];
  gap: string[];
  gone: string[];
  list: Conversation[] | null;
  list_etag: string;
  unread: Totals;
  t: string;
  epoch: string;
  next_poll_ms: number;
}

// ---- For applications --------------------------------------------------

export type ChatState =
  | "idle"
  | "connecting"
  | "live"
  | "polling"
  | "offline"
  | "unauthorized"
  | "closed";

export interface Totals {
  total: number;
  mentions: number;
}

export interface Page<T> {
  results: T[];
  /** To be handed in as `cursor`; null at the end. */
  next: string | null;
}

export interface ListPage extends Page<Conversation> {
  total_unread: number;
  total_mentions: number;
}

/** Where the client keeps what must outlive a page. Values are structured-cloneable. */
export interface ChatStore {
  get(area: StoreArea, key: string): Promise<unknown>;
  put(area: StoreArea, key: string, value: unknown): Promise<void>;
  delete(area: StoreArea, key: string): Promise<void>;
  /** All values of an area. */
  values(area: StoreArea): Promise<unknown[]>;
  clear(): Promise<void>;
}
export type StoreArea = "outbox" | "drafts";

/** Runs `fn` once after `ms` milliseconds, unless the returned function is called. */
export type SetTimer = (fn: () => void, ms: number) => () => void;

export interface ChatOptions {
  /** Where the REST API lies, with a slash at the end; absolute or a path. */
  apiUrl: string;
  /** Address or path of the multiplexed socket; null polls. */
  wsUrl?: string | null;
  /** `"cookie"`, or where to get a bearer token; with one, sockets are opened by ticket. */
  auth?: "cookie" | { token: () => Promise<string> };
  /** Returns Django's CSRF token; by default that of the `csrftoken` cookie. */
  csrf?: () => string;
  /** The header that carries it: by default Django's own, `X-CSRFToken`. */
  csrfHeader?: string;
  store?: ChatStore;
  /** `"<tenant>:<user>"`: names the channel and the locks that tabs share. */
  userKey?: string;
  /** `createPeople` of client-people.js; without it there are no `presence`, `contacts` and Groups. */
  people?: CreatePeople;
  /** `browserTabs` of client-browser.js; by default a client knows of no other tab. */
  tabs?: CreateTabs;
  transports?: ("ws" | "poll")[];
  WebSocket?: WebSocketClass;
  fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** A number in [0, 1). */
  random?: () => number;
  setTimer?: SetTimer;
  /** Stands for `globalThis`, where the browser's things are looked for. */
  host?: Host;
  /** Is never given the text of a message. */
  logger?: (level: "debug" | "info" | "warn", event: string, data?: unknown) => void;
}

/** The part of a browser's `globalThis` that is used where it is there. */
export interface Host {
  document?: Document;
  navigator?: { onLine?: boolean; locks?: LockManager };
  location?: { href: string };
  BroadcastChannel?: typeof BroadcastChannel;
  indexedDB?: IDBFactory;
  addEventListener?: (type: string, listener: (event: any) => void) => void;
  removeEventListener?: (type: string, listener: (event: any) => void) => void;
}

export interface SocketLike {
  send(text: string): void;
  close(code?: number): void;
  onopen: unknown;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
}
export type WebSocketClass = new (url: string, protocols: string[]) => any;

export interface Draft {
  text: string;
  replyTo: string | null;
}

export interface NewMessage {
  content: string;
  replyTo?: string | null;
  mentions?: Mention[];
  extra?: Record<string, unknown>;
}

export type PendingState = "queued" | "sending" | "failed";

/** A message of one's own that the server has not confirmed. */
export interface Pending {
  clientId: string;
  conversationId: string;
  content: string;
  replyTo: Reply | null;
  mentions: Mention[] | null;
  extra: Record<string, unknown> | null;
  /** Milliseconds since 1970. */
  createdAt: number;
  state: PendingState;
  attempts: number;
  /** Why it failed: a code of docs/protocol.md, or `stale` after a day unsent. */
  error: { code: string; message: string } | null;
}

/** One line of a thread. */
export interface Item {
  /** Stays the same from the first draft of a message to its stored form. */
  key: string;
  /** As it is shown, optimistic changes included. Pending ones have `id` "" and `seq` 0. */
  message: Message;
  state: PendingState | "sent";
  error: Pending["error"];
}

/** What happened to a thread, in the order in which a renderer has to apply it.
 * `after` is the key of the item before it, null for the first place. */
export type Change =
  | { type: "reset"; items: readonly Item[] }
  | { type: "insert" | "move"; item: Item; after: string | null }
  | { type: "update"; item: Item }
  | { type: "remove"; key: string }
  | { type: "typing"; users: User[] }
  | { type: "receipts" }
  | { type: "draft"; draft: Draft }
  | { type: "state" };

export interface Receipts {
  /** Who, beside oneself, has read up to this message. */
  read(seq: number): User[];
  delivered(seq: number): User[];
  /** Of an own message: `read` once all the others have. */
  status(seq: number): "sent" | "delivered" | "read";
  /** For whom this is the last message read. */
  lastReadBy(seq: number): User[];
}

export interface Thread {
  readonly id: string;
  readonly conversation: Conversation | undefined;
  readonly items: readonly Item[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly loading: boolean;
  /** Why nothing more will come: `removed`, `closed`, `unavailable`, `not_found`. */
  readonly ended: string | null;
  readonly typing: User[];
  readonly receipts: Receipts;
  readonly firstUnreadSeq: number | null;
  loadOlder(n?: number): Promise<void>;
  loadNewer(n?: number): Promise<void>;
  /** Takes a `seq` or the id of a message. */
  jumpTo(place: number | string): Promise<void>;
  jumpToLatest(): Promise<void>;
  send(message: NewMessage): Pending;
  edit(id: string, content: string, mentions?: Mention[]): Promise<void>;
  remove(id: string, scope?: "everyone" | "me"): Promise<void>;
  react(id: string, emoji: string): Promise<void>;
  unreact(id: string, emoji: string): Promise<void>;
  setTyping(activity: "text" | "voice" | "file" | false): void;
  /** By default up to the newest message. */
  markRead(seq?: number): void;
  readonly draft: {
    get(): Draft;
    set(text: string, replyTo?: string | null): void;
  };
  subscribe(fn: (changes: Change[]) => void): () => void;
  close(): void;
}

/** Numbers of the REST API reach applications as they are; lists are pages. */
export interface Chat {
  readonly state: ChatState;
  readonly me: User | null;
  readonly limits: Limits;
  readonly features: readonly string[];
  /** The server's clock, in milliseconds since 1970. */
  serverTime(): number;
  connect(): Promise<Welcome>;
  disconnect(): Promise<void>;
  destroy(options?: { wipe?: boolean }): Promise<void>;
  on(type: string, handler: (data: any, type: string) => void, options?: { signal?: AbortSignal }): () => void;
  conversations: Conversations;
  /** What was written and not sent in a conversation, which need not be open. */
  draft(id: string): Draft;
  /** With `people`. */
  contacts: {
    search(text: string, options?: { cursor?: string }): Promise<Page<User>>;
    blocked(options?: { cursor?: string }): Promise<Page<{ user: User; created_at: string }>>;
    block(userId: string): Promise<void>;
    unblock(userId: string): Promise<void>;
  };
  /** With `people`. */
  presence: {
    /** Keeps an eye on people, until the returned function is called. */
    watch(ids: string[]): () => void;
    get(id: string): Presence | undefined;
    setStatus(status: "online" | "away" | "dnd" | "invisible"): Promise<void>;
  };
  unread: Readonly<Totals> & { subscribe(fn: (totals: Totals) => void): () => void };
  outbox: {
    items(): Pending[];
    retry(clientId: string): void;
    discard(clientId: string): void;
    retryAll(): void;
  };
  request(
    action: string,
    fields?: Record<string, unknown>,
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<Record<string, any>>;
}

/** What `people` adds to the conversations. */
export interface Groups {
  createGroup(group: { title: string; members: string[]; clientId?: string }): Promise<Conversation>;
  members(id: string, options?: { search?: string; cursor?: string }): Promise<Page<Member>>;
  addMembers(id: string, userIds: string[]): Promise<void>;
  removeMember(id: string, userId: string): Promise<void>;
  setRole(id: string, userId: string, role: Role): Promise<void>;
  leave(id: string): Promise<void>;
}

export interface Conversations extends Groups {
  /** All that are known, pinned first, then the latest activity. */
  readonly items: readonly Conversation[];
  list(options?: {
    filter?: "unread" | "groups" | "direct" | "archived";
    search?: string;
    cursor?: string;
  }): Promise<ListPage>;
  get(id: string): Conversation | undefined;
  open(id: string, options?: { at?: "unread" | "latest" | number }): Promise<Thread>;
  createDirect(userId: string): Promise<Conversation>;
  /** Opens what the site signed for this reader: see docs/about-objects.md. */
  openReference(reference: string): Promise<Conversation>;
  update(
    id: string,
    patch: { title?: string; status?: Conversation["status"]; pinned?: boolean; archived?: boolean },
  ): Promise<Conversation>;
  markRead(id: string): Promise<void>;
  markUnread(id: string, seq?: number): Promise<void>;
}

// ---- Between the modules -----------------------------------------------

/**
 * Asks the REST API. `data` is the query of a GET, where arrays are repeated and empty
 * values left out, and the body of all others. Rejects with ChatError; an answer of 304
 * has the body `""`.
 */
export type Ask = (
  method: string,
  path: string,
  data?: Record<string, any>,
  etag?: string,
) => Promise<{ body: any; etag: string }>;

/** What all modules of one chat share. */
export interface Core {
  options: ChatOptions;
  host: Host;
  now: () => number;
  random: () => number;
  setTimer: SetTimer;
  log: (level: "debug" | "info" | "warn", event: string, data?: unknown) => void;
  emit: (type: string, data?: unknown) => void;
  on: (type: string, handler: (data: any) => void) => () => void;
  /** Takes an error that harms nobody. */
  ignore: (error: unknown) => void;
  ask: Ask;
  /** Resolves with the body of the answer alone. */
  call: (method: string, path: string, data?: Record<string, any>) => Promise<any>;
  store: ChatStore;
  me: User | null;
  limits: Limits;
  features: readonly string[];
  epoch: string;
  state: ChatState;
  /** Whether there is a socket that was welcomed. */
  isLive: boolean;
  /** Sends a frame when there is a live socket, else drops it. */
  send: (frame: ClientFrame) => void;
  /** Takes a frame in, whatever way it came. */
  hear: (frame: ServerFrame) => void;
  /** Forgets everything when the epoch is another than the one known; says whether it was. */
  checkEpoch: (epoch: string) => boolean;
  poll: PollTarget;
}

export type CreatePeople = (
  core: Core,
  around: {
    request: Chat["request"];
    /** Takes in a conversation as the server tells it. */
    upsert: (told: Conversation) => Conversation;
    /** Reads a conversation again. */
    fetchSoon: (id: string) => void;
    noteMembers: (id: string, more: Member[]) => void;
    drop: (id: string, reason: string) => void;
  },
) => {
  shown: Pick<Chat, "presence" | "contacts">;
  groups: Groups;
  hear: (users: Presence[]) => void;
  /** There is a new connection. */
  resume: () => void;
};

/** What tabs tell each other. */
export type TabNews =
  | { type: "read"; id: string; seq: number }
  | { type: "draft"; id: string; draft: Draft }
  | { type: "unread"; totals: Totals };

export type CreateTabs = (
  core: Core,
  hooks: {
    hear: (news: TabNews) => void;
    /** This tab was hidden for long and another one is there, or the page goes away. */
    rest: () => void;
    /** This tab is looked at, or there is a network again. */
    wake: () => void;
    /** The page may go away without another word. */
    hide: () => void;
    /** This tab has to send what others left unsent. */
    adopt: () => void;
  },
) => {
  /** Takes part in what only one tab does. */
  start: () => void;
  tell: (news: TabNews) => void;
  stop: () => void;
};

/** What polling works on. */
export interface PollTarget {
  /** The conversations to ask for, and from where: `<id>:<rev>`. */
  cursors: () => string[];
  /** Of the list at hand. */
  etag: () => string;
  take: (answer: SyncAnswer) => void;
}
