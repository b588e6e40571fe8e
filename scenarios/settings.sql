-- The database of the other example, made anew for every process that runs scenarios.
create table settings (name text primary key, value text not null, version integer not null);
insert into settings values ('orders.retry-limit', '3', 1);
