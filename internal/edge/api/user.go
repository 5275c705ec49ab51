package api

import (
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// users are never removed: the past keeps their names. Disabling one is a change.
func (s *server) users() kept[access.User, User, UserInput] {
	return kept[access.User, User, UserInput]{
		kind: "user", title: "User", titles: "Users", path: "/users",
		read: may(access.SeeSetup), write: may(access.ManageAccess),
		list: access.ListUsers, after: func(u access.User) string { return u.Login },
		get: byID(access.GetUser), create: access.CreateUser, change: access.ChangeUser,
		show: func(u access.User) User {
			return User{ID: string(u.ID), UserFields: UserFields{Login: u.Login, Name: u.Name, Role: string(u.Role),
				Language: string(u.Language), Phone: string(u.Phone), PhoneURI: u.PhoneURI, PhoneNumber: u.PhoneNumber,
				AutoAnswer: u.AutoAnswer, SecondLine: u.SecondLine, ConfirmAnswer: u.Confirm, ChoosesPhone: u.ChoosesPhone, Disabled: u.Disabled,
				Encryption: string(u.Encryption)}, HasPassword: u.HasPassword(), Queues: []string{}, CreatedMs: db.Millis(u.Created)}
		},
		take: func(id string, f UserInput) access.User {
			return access.User{ID: access.UserID(id), Login: access.CleanLogin(f.Login), Name: f.Name, Role: access.Role(f.Role),
				Language: tenant.Language(f.Language), PasswordHash: f.hash, Phone: access.PhoneKind(f.Phone),
				PhoneURI: f.PhoneURI, PhoneNumber: f.PhoneNumber, AutoAnswer: f.AutoAnswer, SecondLine: f.SecondLine, Confirm: f.ConfirmAnswer,
				ChoosesPhone: f.ChoosesPhone, Disabled: f.Disabled, Encryption: access.PhoneEncryption(f.Encryption)}
		},
		before: s.hashPassword,
		also: func(tx *db.Tx, by audit.Author, u access.User, f UserInput) (access.User, error) {
			if f.Skills != nil {
				if err := inField("skills", skill.SetOfAgent(tx, by, u.ID, levelsTaken(f.Skills))); err != nil {
					return u, err
				}
			}
			if f.hash == "" || f.hash == u.PasswordHash {
				return u, nil
			}
			u.PasswordHash = f.hash
			return u, access.SetPassword(tx, by, u.ID, f.hash, "")
		},
		fill: func(tx *db.Tx, t tenant.ID, shown []User) error {
			members, err := queue.AllMembers(tx, t)
			at := map[string]int{}
			for i, u := range shown {
				at[u.ID] = i
			}
			for _, m := range members {
				if i, ok := at[string(m.UserID)]; ok {
					shown[i].Queues = append(shown[i].Queues, string(m.QueueID))
				}
			}
			if err != nil {
				return err
			}
			held, err := skill.AllHeld(tx, t)
			for _, h := range held {
				if i, ok := at[string(h.User)]; ok {
					shown[i].Skills = append(shown[i].Skills, levelShown(h.Level))
				}
			}
			return err
		},
	}
}

// hashPassword checks and hashes a given password before the transaction, because it takes long.
func (s *server) hashPassword(ctx context.Context, f *UserInput) error {
	if f.Password == "" {
		return nil
	}
	if err := access.CheckPassword(f.Password); err != nil {
		return err
	}
	hash, err := s.deps.Door.Hasher().Hash(ctx, f.Password)
	f.hash = hash
	return err
}
